// What `run` and `train` print on the terminal, in Korean.
import { count } from "../format.js";
import type { terminalEn } from "./terminal-en.js";

export const terminalKo: typeof terminalEn = {
  columns: ["모델", "정확도", "재현율", "정밀도", "AUC", "학습 시간", "파라미터 수"],
  seconds: (s) => `${s.toFixed(1)}초`,
  tested: (images, classes) => `테스트: 영상 ${count(images)}장, ${classes}`,
  matrices: "테스트 혼동 행렬 (행: 실제 클래스, 열: 예측 클래스)",
  synthetic: "합성 데이터",
  sample: "표본",
  report: (path) => `보고서: ${path}`,
  trained: (models, command) => `모델 ${models}개를 학습했습니다. 평가 명령: ${command}`,
  newerNode: (work, f) =>
    `참고: Node ${f.newer} 이상에서는 이 ${work === "training" ? "학습" : "예측"}이 Node ${f.node}보다 약 ${f.times}배 빠릅니다: https://nodejs.org/en/download`,
  usesSample:
    "--data가 없으므로 pulmo에 포함된 실제 흉부 X선 영상 300장의 표본(SAMPLE)을\n사용합니다(Kermany 외, doi:10.17632/rscbjbr9sj, CC BY 4.0). 모델을 평가하기에는\n너무 적으므로, 평가에는 --data를 사용하세요.",
  usesSynthetic:
    "--data synthetic: 이 프로그램이 생성한 X선 모양의 작은 합성(SYNTHETIC) 데이터입니다.\n이 데이터의 결과는 실제 X선 영상에 적용되지 않습니다.",
  usesFetched: (path) => `data fetch 명령으로 내려받은 데이터셋을 사용합니다: ${path}`,
  dataset: (path) => `데이터셋: ${path}`,
  unpacking: (archive, folder) => `압축을 풉니다: ${archive} -> ${folder}. 다음 실행부터는 이 폴더를 사용합니다.`,
  decoding: (images) => `영상 ${images}장을 디코딩하여 픽셀 캐시에 저장합니다. 다음 실행부터는 캐시를 사용합니다.`,
  removedCache: (path) => `가장 오래 사용하지 않은 픽셀 캐시를 삭제했습니다: ${path}`,
  fewImages: (images, batchSize) =>
    `참고: 학습 영상이 ${images}장으로 --batch-size ${batchSize}보다 적으므로, 단계마다 모든 영상을 사용합니다.`,
  continued: (done, epochs) =>
    `참고: 에폭 ${done} 다음부터 학습을 계속하며, Adam은 처음 상태에서 다시 시작합니다. 따라서 처음부터 ${epochs} 에폭을 학습한 모델과는 가중치가 다르고, verify로 확인할 수 없습니다.`,
  begins: (parameters, threads, variant) => `파라미터 ${count(parameters)}개, 스레드 ${threads}개, ${variant}`,
  from: (weights) => `시작 가중치: ${weights}`,
  epoch: (epoch, epochs, { loss, accuracy, seconds }) =>
    `에폭 ${epoch}/${epochs} | 손실 ${loss.toFixed(4)} | 정확도 ${accuracy.toFixed(4)} | ${seconds.toFixed(1)}초`,
  ends: (accuracy, seconds) => `학습 정확도: ${accuracy.toFixed(4)} | 시간: ${seconds.toFixed(1)}초`,
  interrupted: (epoch, epochs) => `에폭 ${epoch}/${epochs}에서 중단되었습니다. 학습 상태를 저장했습니다.`,
  saved: (path) => `저장: ${path}`,
  pictures: (errors, maps, seconds) => `오분류 영상 ${errors}장과 설명 지도 ${maps}장을 그렸습니다(${seconds.toFixed(1)}초)`,
  stressed: (images, tests, seconds) =>
    `테스트 영상 ${images}장을 ${tests}가지 방법으로 변형하여 평가했습니다(${seconds.toFixed(1)}초)`,
  bar: {
    reading: "읽는 중",
    decoding: "디코딩",
    unpacking: "압축 해제",
    scoring: (model, images) => `${model}: ${images}`,
    splits: { train: "학습 영상", val: "검증 영상", test: "테스트 영상" },
    changedImages: "변형된 영상",
    epoch: (model, epoch, epochs) => `${model} 에폭 ${epoch}/${epochs}`,
    rates: { images: (rate) => `초당 ${rate}장`, files: (rate) => `초당 파일 ${rate}개` },
    figures: ({ loss, accuracy }) => `손실 ${loss.toFixed(3)} 정확도 ${accuracy.toFixed(3)}`,
    timeLeft: (time) => `남은 시간 ${time}`,
  },
};
