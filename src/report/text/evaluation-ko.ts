// The words of the report of `evaluate`, in Korean.
import type { ClassNames } from "../../data/types.js";
import { count } from "../format.js";
import type { evaluationEn } from "./evaluation-en.js";

export const evaluationKo = ([negative, positive]: ClassNames): ReturnType<typeof evaluationEn> => ({
  title: `평가: ${negative} / ${positive}`,
  subtitle: (model, images, date) => `${model}, 영상 ${count(images)}장, pulmo로 평가함, ${date}`,
  verdict: (model, right, images, at) =>
    `임계값 ${at}에서 ${model} 모델은 영상 ${count(images)}장 가운데 ${count(right)}장을 라벨대로 판정합니다.`,
  wrong: (falseNegatives, positives, falsePositives, negatives) =>
    `${positive} 영상 ${count(positives)}장 가운데 ${count(falseNegatives)}장을 놓치고, ${negative} 영상 ${count(negatives)}장 가운데 ` +
    `${count(falsePositives)}장을 ${positive} 쪽으로 판정합니다. 값 아래는 95% 신뢰구간입니다.`,
  confusion: (at) => `혼동 행렬, 임계값 ${at}`,
  fewImages: (name, n) => `${name} 영상이 ${count(n)}장뿐이어서 값이 정밀하지 않습니다.`,
  unreadable: (n) => `파일 ${count(n)}개는 읽을 수 없어 제외했습니다.`,
  withoutImage: (n) => `라벨 기록 ${count(n)}개는 영상이 없어 제외했습니다.`,
  unlabelled: (n) => `영상 ${count(n)}장은 라벨이 없어 사용하지 않았습니다.`,
  unusual: (n) => `영상 ${count(n)}장은 학습 영상과 달라서 점수에 의미가 없을 수 있습니다.`,
  notes: (n) => `영상에 관한 참고 ${count(n)}개`,
  overPatients: (patients) => `한 환자의 영상은 서로 비슷하므로, 신뢰구간은 환자 ${count(patients)}명을 재표집해 구했습니다.`,
  overImages:
    "신뢰구간은 모든 영상이 서로 다른 환자의 것이라고 보고 영상을 재표집해 구했습니다. 한 환자의 영상이 여러 장이면 실제 구간은 더 넓습니다. 라벨의 patient 열에 환자를 적으십시오.",
  groups: "환자와 그룹",
  patientScore: `환자의 점수는 그 환자 영상들의 로그 오즈 평균입니다. 영상 가운데 하나라도 ${positive} 라벨이면 환자도 ${positive} 쪽으로 셉니다.`,
  mixed: (n) => ` 환자 ${count(n)}명은 두 클래스의 영상이 모두 있습니다.`,
  patientsCaption: "영상별, 환자별 결과와 95% 신뢰구간(환자 단위 부트스트랩)",
  byImage: "영상",
  byPatient: "환자",
  number: "수",
  patient: "환자",
  hospital: "병원",
  device: "장비",
  group: "그룹",
  groupsCaption: (title) => `${title}별 결과. 줄표: 해당 클래스의 영상이 없음`,
  withIntervals: ". 값 아래는 95% 신뢰구간",
  thresholdOf: (at) => `이 보고서의 임계값은 ${at}입니다. 슬라이더는 이 영상들에서 다른 임계값의 결과를 보여 줍니다.`,
  targetRecall: (f) =>
    `재현율 ${f.target} 이상이 되는 임계값은 ${f.threshold}입니다. 재현율 ${f.recall}, 특이도 ${f.specificity}, 정확도 ${f.accuracy}. ` +
    "이 영상들에서 고른 임계값이므로 다른 영상에서는 결과가 다를 수 있습니다.",
  errors: "오류",
  noErrors: "이 임계값에서 잘못 판정한 영상이 없습니다.",
  allErrors: (n) => `잘못 판정한 영상 전체 ${count(n)}장`,
  errorsCaption: `잘못 판정한 영상, 확신이 큰 순서. p: ${positive} 확률`,
  probabilities: "확률",
  images: "영상",
  labels: "라벨",
  model: "모델",
  modelSha: "가중치와 정보의 SHA-256",
  files: "모든 점수",
  method:
    "확률이 임계값보다 크면 둘째 클래스로 판정합니다. 지표의 정의는 scikit-learn과 같습니다. 신뢰구간은 2,000번 재표집한 부트스트랩(백분위수 방법, 고정 시드)으로 구했습니다.",
});
