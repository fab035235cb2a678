// The report in Korean. Class names and options are not translated. A particle follows a Korean noun or a fixed word, never an
// argument, because its form depends on the last sound of the word before it.
import type { ClassNames } from "../../data/types.js";
import { count, percent } from "../format.js";
import { evaluationKo } from "./evaluation-ko.js";
import { glanceKo } from "./glance-ko.js";
import type { LanguageWords } from "./index.js";

const listed = (items: string[]): string => items.join(", ");

/** 404.04 -> "404.0초"; from ten minutes on also in hours and minutes. */
function seconds(s: number): string {
  const plain = `${s.toFixed(1)}초`;
  if (s < 600) return plain;
  const minutes = Math.round(s / 60);
  return `${plain} (${minutes < 60 ? "" : `${Math.floor(minutes / 60)}시간 `}${minutes % 60}분)`;
}

const SPLIT_NAMES = { train: "학습", val: "검증", test: "테스트" };

/** `classes`: the names of the negative and the positive class. */
export const ko = ([negative, positive]: ClassNames): LanguageWords => ({
  tag: "ko",
  seconds,
  titles: { logistic: "로지스틱 회귀" },
  splits: SPLIT_NAMES,
  subtypes: { bacteria: "세균", virus: "바이러스", unknown: "표시 없음" },
  count: { images: (n) => `영상 ${count(n)}장` },
  columns: {
    model: "모델",
    accuracy: "정확도",
    recall: "재현율",
    specificity: "특이도",
    precision: "정밀도",
    f1: "F1",
    auc: "AUC",
    trainTime: "학습 시간",
    parameters: "파라미터 수",
    threshold: "임계값",
    falseNegatives: "위음성",
    falsePositives: "위양성",
  },
  page: {
    title: `흉부 X선 분류: ${negative} / ${positive}`,
    subtitle: (models, date) => `모델 ${models}개, pulmo를 사용해 CPU에서 학습하고 평가함, ${date}`,
    syntheticTitle: "합성 데이터",
    synthetic: "합성 데이터: X선이 아니라 프로그램이 만든 영상입니다. 결과는 프로그램이 동작한다는 것만 보여 줍니다.",
    syntheticMark: "합성 데이터",
    sampleTitle: "표본",
    sample:
      "표본: 공개된 X선 5,856장 가운데 300장(Kermany 외, doi:10.17632/rscbjbr9sj, CC BY 4.0)을 작게 줄인 것입니다. 결과는 프로그램의 동작을 보여 줄 뿐, 모델의 성능을 나타내지 않습니다.",
    sampleMark: "표본",
    limited: (n) => `이 실행은 전체 데이터가 아니라 클래스와 분할마다 최대 ${n}장만 사용했습니다(--limit ${n}).`,
    sections: "차례",
    skip: "본문으로 건너뛰기",
    csv: "CSV로 저장",
    numbers: "그래프의 데이터",
    someRows: (shown: number, all: number) =>
      `전체 ${count(all)}행 중 같은 간격으로 고른 ${count(shown)}행. 전체는 metrics.json에 있습니다`,
    someItems: (shown: number, all: number) =>
      `전체 ${count(all)}개 중 처음 ${count(shown)}개. 전체 목록은 metrics.json에 있습니다.`,
    seed: (seed) => `시드 ${seed}`,
  },
  summary: {
    title: "요약",
    alone: (f) => [
      { strong: f.model },
      ` 모델 하나만 학습했습니다. 테스트 AUC ${f.auc}${f.range ? ` (95% 신뢰구간 ${f.range})` : ""}, 테스트 영상 ${count(f.images)}장에서 정확도 ${f.accuracy}.`,
    ],
    behind: (model, auc, accuracy) => `${model} (AUC ${auc}, 정확도 ${accuracy})`,
    best: (f) => [
      { strong: f.model },
      `${f.tied ? " 모델이 공동으로 가장 좋은 결과를 냈습니다: " : " 모델의 테스트 결과가 가장 좋습니다: "}AUC ${f.auc}${f.range ? ` (95% 신뢰구간 ${f.range})` : ""}, ` +
        `테스트 영상 ${count(f.images)}장에서 정확도 ${f.accuracy}. 다른 모델: ${listed(f.behind)}.`,
    ],
    leadCertain: (f) => ` 2위(${f.second})보다 AUC가 ${f.difference} 높으며, 이 차이는 통계적으로 유의합니다(DeLong p ${f.p}).`,
    leadByChance: (f) =>
      ` 2위(${f.second})보다 AUC가 ${f.difference} 높지만, 이 차이는 통계적으로 유의하지 않습니다(DeLong p ${f.p}).`,
    tradeOff: (f) =>
      `임계값 0.5에서 ${f.model} 모델은 ${positive} 영상 ${count(f.positives)}장 중 ${count(f.falseNegatives)}장이 위음성(재현율 ${f.recall}), ` +
      `${negative} 영상 ${count(f.negatives)}장 중 ${count(f.falsePositives)}장이 위양성(특이도 ${f.specificity})입니다.`,
    atChosen: (f) =>
      ` 재현율 ${f.target}를 목표로 검증 영상 ${count(f.validation)}장에서 선택한 임계값(${f.threshold})에서는 위음성 ${count(f.falseNegatives)}건, ` +
      `위양성 ${count(f.falsePositives)}건입니다(정확도 ${f.accuracy}).`,
    extremes: (f) =>
      `임계값 0.5에서 위음성이 가장 적은 모델: ${listed(f.falseNegatives.models)} (${count(f.falseNegatives.count)}건). 위양성이 가장 적은 모델: ` +
      `${listed(f.falsePositives.models)} (${count(f.falsePositives.count)}건). 학습 시간이 가장 짧은 모델: ${f.quickest} (${f.seconds}초).`,
    study: (f) =>
      `원 연구의 ${f.model} 결과: 정확도 ${f.accuracy} (이 실행 ${f.accuracyBy}%p), 재현율 ${f.recall} (${f.recallBy}%p), AUC ${f.auc} (${f.aucBy}).`,
    oneSeed: (seed) =>
      `모델마다 한 번씩 학습했습니다(시드 ${seed}). 95% 신뢰구간은 테스트 영상의 선택에 따른 변동을 나타내며, 시드에 따른 변동은 포함하지 않습니다. 시드에 따른 변동은 --seeds 0,1,2 옵션으로 측정합니다.`,
    severalSeeds: (seeds) =>
      `결과는 시드 ${seeds[0]} 기준입니다. 시드별(${listed(seeds.map(String))}) 변동은 ‘불확실성’ 절에 있습니다.`,
    smallValidation: (n, own) =>
      `검증 세트는 ${count(n)}장뿐이라 모델이나 임계값을 선택하기에 너무 적습니다.${own ? " --val-split 0.1 옵션을 쓰면 학습 세트에서 환자 단위로 더 큰 검증 세트를 나눕니다." : ""}`,
    sharedPatients: (n) =>
      `파일 이름의 환자 번호 ${count(n)}개가 학습과 테스트에 모두 나옵니다. 같은 번호가 같은 환자인지는 알 수 없습니다. 같은 환자라면 테스트 결과가 실제보다 좋게 나온 것입니다.`,
    notClinical: "임상용이 아닙니다.",
  },
  comparison: {
    title: "비교",
    caption: `임계값 0.5에서의 테스트 결과. 재현율, 정밀도, F1은 ${positive} 기준이고 특이도는 ${negative} 클래스의 재현율입니다`,
    study: (model) => `${model}, 원 연구`,
    noStudy: "원 연구의 결과는 실제 X선에 대한 것이므로 표시하지 않습니다.",
    noStudyForSample: "원 연구의 결과는 전체 데이터에 대한 것이므로 표시하지 않습니다.",
    cited: (title) => `원 연구: 한양대학교 AI+X 과목 프로젝트 "${title}", 2025년.`,
    howToRead: "원 연구의 값 아래: 이 실행에서 원 연구를 뺀 차이(퍼센트포인트), 학습 시간은 비율.",
    sameImages: " 영상 수는 원 연구와 같습니다.",
    otherImages: " 이 실행은 원 연구와 다른 영상을 사용했으므로(데이터 참조) 결과를 직접 비교할 수 없습니다.",
    machine: (threads, cpu) => `${cpu}, 스레드 ${count(threads)}개`,
  },
  thresholds: {
    title: "결정 임계값",
    plain: `확률이 임계값보다 크면 ${positive} 클래스로 분류합니다. 임계값을 낮추면 위음성이 줄고 위양성이 늘어납니다.`,
    chosen: (target) =>
      `확률이 임계값보다 크면 ${positive} 클래스로 분류합니다. 임계값을 낮추면 위음성이 줄고 위양성이 늘어납니다. 표에는 0.5와 함께, 검증 세트에서 재현율이 ` +
      `${target} 이상인 가장 높은 임계값(--target-recall)이 있습니다. 이 임계값은 검증 데이터만으로 선택한 뒤 테스트 세트에 적용했습니다.`,
    smallValidation: (n, own) =>
      `검증 세트는 ${count(n)}장으로, 임계값을 선택하기에 너무 적습니다. 검증 영상이 달라지면 임계값도 크게 달라집니다.` +
      `${own ? " --val-split 0.1 옵션으로 학습하면 수백 장에서 선택합니다." : ""}`,
    caption: "임계값별 테스트 결과",
    same: (model) => `${model}, 선택한 값`,
    onValidation: (target) => `검증 세트에서 재현율 ${target} 이상`,
    balancedOnValidation: "검증 세트에서 균형 정확도 최대",
    none: `검증 세트에 ${positive} 영상 없음`,
    move: "임계값",
  },
  review: {
    title: "검토",
    intro:
      "오류율을 정하면 모델은 클래스를 결정하거나, 영상을 사람의 검토로 보냅니다(predict --error-rate). 새 영상이 검증 영상과 같은 성질이면, 클래스마다 다른 클래스로 잘못 결정되는 비율의 기댓값은 " +
      "오류율 이하입니다(클래스 조건부 등각 예측, conformal prediction). 학습 영상과 다른 영상은 검토로 보냅니다. 검증 영상은 한 장씩 나머지 검증 영상과 비교하므로 오류율이 항상 지켜집니다. 다른 영상에서도 " +
      "지켜지는지는 테스트 영상으로 확인합니다.",
    basis: (negatives, positives) =>
      `결정의 근거가 되는 검증 영상: ${negative} ${count(negatives)}장, ${positive} ${count(positives)}장.`,
    noRate: "검증 영상이 너무 적어 아래 오류율을 사용할 수 없습니다. --val-split 0.1 옵션으로 학습하면 검증 영상이 늘어납니다.",
    broken: (places) =>
      `테스트 영상에서는 오류율이 지켜지지 않습니다: ${listed(places)}. 95% 신뢰구간이 오류율을 포함하지 않습니다. 테스트 영상이 검증 영상과 다르거나, 검증 영상이 너무 적어 대표성이 없습니다. ` +
      "결정할 영상과 같은 성질의 검증 영상을 사용하십시오.",
    unclear: (places) =>
      `테스트 영상에서 잘못된 결정의 비율이 오류율보다 높지만, 우연으로 설명되는 범위입니다: ${listed(places)}. 그 밖에는 오류율이 지켜집니다.`,
    holds: "검증 영상의 수로 사용할 수 있는 모든 오류율이 테스트 영상의 두 클래스에서 지켜집니다.",
    place: (rate, name, share) => `오류율 ${rate}에서 ${name} 영상의 ${share}`,
    caption: (model) => `${model}: 오류율별 검토 영상과 잘못된 결정, 95% 신뢰구간(Wilson)`,
    rate: "오류율",
    class: "클래스",
    valReview: "검토, 검증",
    valWrong: "결정 중 오류, 검증",
    testReview: "검토, 테스트",
    testWrong: "오류, 테스트",
    testWrongOfDecided: "결정 중 오류, 테스트",
    kept: "테스트에서 지켜짐",
    verdicts: { yes: "예", unclear: "우연의 범위", no: "아니요" },
    needs: (n) => `클래스마다 검증 영상 ${count(n)}장 필요`,
  },
  uncertainty: {
    title: "불확실성",
    intervals:
      "95% 신뢰구간은 테스트 영상을 2,000번 복원 추출한 부트스트랩으로 구했습니다(백분위수 방법, 시드 고정). 부트스트랩은 영상이 서로 독립이라고 가정합니다. 한 환자의 영상이 여러 장인 경우가 있으므로 실제 구간은 조금 더 넓습니다.",
    figureOf: (model, figure) => `${model}의 ${figure}`,
    noError: (figures, most) =>
      `구간의 폭이 0인 것(${listed(figures)})은 확실하다는 뜻이 아닙니다. 테스트 세트에 오류가 없으면 복원 추출에서도 오류가 나오지 않습니다. 3의 법칙에 따르면 실제 비율은 ` +
      `최대 ${most} 다를 수 있습니다.`,
    intervalsCaption: "테스트의 95% 신뢰구간, 임계값 0.5",
    differencesCaption: "같은 테스트 영상에서의 AUC 차이(DeLong 검정)",
    models: "모델",
    difference: "차이",
    interval: "95% 신뢰구간",
    p: "p",
    between: (low, high) => `${low} ~ ${high}`,
    repeats: "모델을 시드마다 한 번씩 학습했습니다. 시드는 초기 가중치와 학습 영상의 순서를 정합니다. 영상은 같습니다.",
    ensemble: "모든 시드의 앙상블: 로그 오즈의 평균",
    repeatsCaption: "시드 전체의 평균과 표준편차, 테스트, 임계값 0.5. 그 아래는 시드별 결과",
    trainings: (n) => `학습 ${count(n)}회`,
    seed: (seed) => `시드 ${seed}`,
  },
  sensitivity: {
    title: "변형된 영상에 대한 민감도",
    stress: (negatives, positives) =>
      "영상이 조금 흐려지거나 어두워지거나 잘려도 질병은 사라지지 않습니다. 결과가 나빠진다면 모델은 바뀐 특징(세부, 회색조, 가장자리, 중앙)에 의존하는 것입니다. " +
      `테스트 영상 ${count(negatives + positives)}장(${negative} ${count(negatives)}장, ${positive} ${count(positives)}장, 클래스마다 파일 이름 순서에서 일정한 간격으로 선택)을 ` +
      "일곱 가지 방법으로 바꾸어 임계값 0.5에서 다시 평가했습니다. 세로 막대는 95% 신뢰구간입니다(이 영상을 2,000번 복원 추출한 부트스트랩).",
    untouched: "원래 영상",
    images: "영상",
    levels: "정도",
    level: (kind, level) => (kind === "crop" || kind === "cover" ? percent(level, 0) : String(level)),
    strongestCaption: "곡선 양 끝의 AUC. 아래는 임계값 0.5에서의 재현율과 특이도",
    kinds: {
      blur: { title: "흐림", axis: "가우시안 시그마, 화소", at: (level) => `흐림, 시그마 ${level}화소` },
      downsampling: { title: "다운샘플링", axis: "이 크기(화소)로 줄인 뒤 다시 확대", at: (level) => `${level}화소로 축소` },
      noise: { title: "잡음", axis: "표준편차, 회색 단계", at: (level) => `회색 ${level}단계의 잡음` },
      brightness: { title: "밝기", axis: "배수", at: (level) => `밝기 × ${level}` },
      contrast: { title: "대비", axis: "배수", at: (level) => `대비 × ${level}` },
      crop: { title: "가장자리 자르기", axis: "각 변에서 잘라 낸 비율", at: (level) => `각 변에서 ${level} 잘라 냄` },
      cover: {
        title: "중앙 가리기",
        axis: "회색 사각형의 변, 영상에 대한 비율",
        at: (level) => `중앙을 변의 ${level} 크기로 가림`,
      },
    },
    plotAlt: (series) => `정도별 AUC; ${series.join("; ")}.`,
    falsePositives: "영상 그룹별 위양성",
    blocks:
      `${negative} 영상의 파일 이름에는 일련번호가 있습니다. 번호가 가까운 영상은 같은 시기에 같은 기기로 촬영했을 가능성이 큽니다. ` +
      "위양성이 일부 번호 구간에 몰려 있으면 모델은 질병이 아니라 기기를 구별하는 것입니다.",
    noBlocks: `${negative} 영상의 파일 이름에 번호가 없어, 위양성을 가까운 번호끼리 묶을 수 없습니다.`,
    block: "번호",
    blocksCaption: `모든 ${negative} 테스트 영상의 위양성률(1 − 특이도), 번호 구간별`,
    sharpnessIs: (sigma) => `영상의 선명도는 영상과 시그마 ${sigma}화소로 흐리게 한 사본의 평균 절대 차이(회색 단계)입니다.`,
    sharpness: "선명도",
    sharpnessCaption: `모든 ${negative} 테스트 영상의 위양성률, 선명도 사분위별`,
    fileSizeTitle: "파일 크기만 사용",
    fileSize: (train, test) =>
      `파일 크기만으로, 작은 파일을 ${positive} 쪽에 놓아 순위를 매기면 AUC가 학습 ${train}, 테스트 ${test}입니다. 화소는 전혀 사용하지 않았습니다. ` +
      "파일을 작게 만드는 요인은 질병의 징후가 아니면서도 두 클래스를 구분합니다.",
  },
  models: {
    splits: { test: "테스트", val: "검증" },
    report: (split) => `분류 보고서, ${SPLIT_NAMES[split]}`,
    startedFrom: "초기 가중치",
    scratch: "무작위",
    card: "모델 카드",
    packaged: "pulmo에 포함된 모델입니다: ",
    training: "학습",
    lastEpoch: "마지막 에폭",
    noEpoch: "학습한 에폭이 없습니다.",
    epochsIn: (epochs, time) => `${count(epochs)}에폭, ${time}`,
    lossAndAccuracy: (loss, accuracy) => `손실 ${loss}, 학습 정확도 ${accuracy}`,
    accuracyAndAuc: (accuracy, auc, images) => `정확도 ${accuracy}, AUC ${auc}, 영상 ${count(images)}장`,
    probabilities: "보정 (테스트)",
    everyScore: "모든 점수",
    temperature: "온도",
    dividedBy: (temperature) => `로그 오즈를 ${temperature}(으)로 나눔, 검증 영상에서 선택; 마지막 층의 가중치에 반영`,
    quality: (brier, ece) => `Brier 점수 ${brier}, 기대 보정 오차(ECE) ${ece}`,
    subtype: "원인",
    subtypesCaption: "파일 이름에 표시된 원인별 재현율, 임계값 0.5",
    foundOf: (found, n) => `${count(n)}건 중 ${count(found)}건`,
    falseNegatives: (shown, all) => `위음성, 확신도가 높은 순 (${count(all)}건 중 ${count(shown)}건)`,
    falsePositives: (shown, all) => `위양성, 확신도가 높은 순 (${count(all)}건 중 ${count(shown)}건)`,
    maps: "설명 지도",
    probability: (p) => `p\u00a0${p}`,
    labelled: (label) => `실제 클래스 ${label}`,
    xray: "X선 영상",
    map: "같은 X선 영상에 설명 지도를 겹친 것",
    mapKinds: {
      "class-activation": `클래스 활성화 지도: 마지막 특징 지도의 각 위치가 ${positive} 또는 ${negative} 판정에 기여하는 정도입니다(Zhou 외, 2016).`,
      weights:
        "가중치: 각 화소가 로그 오즈에 기여하는 값(가중치 × 값)입니다. 모든 기여와 편향을 더하면 예측이 됩니다. 8 × 8 화소 사각형마다 더한 값입니다.",
      "input-gradient":
        "입력 기울기: 로그 오즈를 각 화소로 미분한 값입니다(Simonyan 외, 2013). 8 × 8 화소 사각형마다 더한 값입니다.",
    },
    mapColours: ` 주황은 ${positive}, 파랑은 ${negative} 쪽을 지지합니다. 지도는 모델이 사용한 것을 보여 줄 뿐, 질병의 위치가 아닙니다.`,
  },
  data: {
    title: "데이터",
    folder: "폴더",
    origin: "출처",
    synthetic: "pulmo가 만든 합성 데이터",
    sample: "pulmo에 포함된 공개 데이터의 표본(CC BY 4.0); 선택 방법은 sample/SAMPLE.txt에 있음",
    fromFiles: "영상 파일",
    originals: "원본 크기",
    sizes: (w, h) => `너비 ${w.min}–${w.max}화소(중앙값 ${w.median}), 높이 ${h.min}–${h.max}화소(중앙값 ${h.median})`,
    imageSize: "입력 크기",
    resized: (n) => `${n} × ${n} 크기로 조정, RGB, 0–1 값`,
    limit: "제한",
    noLimit: "없음, 읽을 수 있는 모든 영상",
    limited: (n) => `클래스와 분할마다 ${count(n)}장 (--limit ${n})`,
    published: "공개 데이터와의 비교",
    sameCounts: "모든 분할과 클래스에서 같은 수",
    otherCounts: "다른 수",
    validation: "검증 세트",
    ownValidation: "데이터에 포함된 검증 세트",
    validationFromTrain: (share) => `학습 세트의 ${share}, 환자 단위로 나눔 (--val-split)`,
    imbalance: "학습 세트의 클래스 불균형",
    perNormal: (ratio) => `${negative} 1장당 ${positive} ${ratio}장`,
    subtypes: "원인",
    subtypesOf: (split, n) =>
      `${split} 세균 ${count(n.bacteria)}, 바이러스 ${count(n.virus)}${n.unknown ? `, 표시 없음 ${count(n.unknown)}` : ""}`,
    unusual: "학습 영상과 다른 영상",
    unusualMeaning: "축소한 영상이 학습 영상들에서 멀리 떨어져 있으면 특이한 영상입니다. 같은 종류의 영상에서는 약 0.5%입니다.",
    unusualIn: (split, found, all) => `${split}: ${count(all)}장 중 ${count(found)}장`,
    showUnusual: (shown) => `가장 특이한 ${count(shown)}장과 점수 (1보다 크면 특이)`,
    unreadable: "읽을 수 없는 파일",
    manifest: "목록의 SHA-256",
    split: "분할",
    total: "합계",
    share: `${positive} 비율`,
    countsCaption: "사용한 영상 수, 분할과 클래스별",
    countsBesideCaption: "사용한 영상 수, 분할과 클래스별. 공개 데이터의 수가 다르면 아래에 표시",
    publishedCount: (n) => `공개 ${n}`,
    patients: "환자",
    images: "영상",
    splits: "분할",
    noPatients: "파일 이름에 환자 번호가 없어, 한 환자가 두 분할에 있는지 확인할 수 없습니다.",
    patientNumbers: (numbers) => `파일 이름의 환자 번호 수: ${numbers}.`,
    sharedCaption: "두 분할에 모두 나오는 환자 번호와 그 영상. 같은 번호가 같은 환자인지는 알 수 없습니다",
    duplicates: "동일한 파일",
    noDuplicates: "동일한 파일이 없습니다.",
    duplicateGroups: (groups, across) =>
      `동일한 파일이 ${count(groups)}그룹 있으며, 그중 여러 분할에 걸친 것은 ${count(across)}그룹입니다. 원 연구와 같이 제거하지 않았습니다.`,
    showDuplicates: (n) => `${count(n)}그룹 보기`,
    notes: "참고",
    file: "파일",
    reason: "이유",
    firstUnreadable: (shown, all) =>
      `읽을 수 없어 사용하지 않은 파일 ${count(all)}개 중 처음 ${shown}개. 전체 목록은 metrics.json에 있습니다`,
    allUnreadable: "읽을 수 없어 사용하지 않은 파일",
  },
  method: {
    title: "방법",
    strong:
      "학습 영상은 두 클래스가 같은 빈도로 나오도록 추출하고, 사용할 때마다 다르게 증강합니다. 넓이의 8~100%를 무작위로 잘라 전체 크기로 조정하고, 무작위로 좌우 반전하고, 15도까지 회전하고, " +
      "밝기와 대비를 30%까지 바꾸고, 절반은 흐리게 합니다. 화소는 ImageNet의 평균과 표준편차로 표준화합니다. 학습률은 반 코사인을 따라 0으로 줄어듭니다. 마지막 에폭 뒤의 가중치를 평가합니다. 끝으로 " +
      "검증 영상과 매끄럽게 한 사본에서 선택한 온도로 로그 오즈를 나눕니다. 학습 시간은 디코딩과 평가를 제외한 학습 루프의 시간입니다.",
    trained: ({ epochs, smallEpochs, smallSize, lr, batchSize, seed }) =>
      `각 모델을 Adam(학습률 ${lr}, 배치 크기 ${batchSize})으로 ${count(epochs)}에폭 학습했습니다(시드 ${seed}${smallEpochs ? `, 처음 ${count(smallEpochs)}에폭은 ${smallSize}화소 영상` : ""}). 손실은 두 로짓의 평균 교차 엔트로피입니다. `,
    training: ({ epochs, lr, batchSize, seed }) =>
      `각 모델을 Adam(학습률 ${lr}, 배치 크기 ${batchSize})으로 ${count(epochs)}에폭 학습했습니다. 손실은 두 로짓의 평균 교차 엔트로피이고, 학습 영상은 에폭마다 ` +
      `다시 섞었습니다(시드 ${seed}). 데이터 증강과 조기 종료는 없으며 마지막 에폭 뒤의 가중치를 평가했습니다. 학습 시간은 디코딩과 평가를 제외한 학습 루프의 시간입니다.`,
    continued: (epochs) =>
      `학습을 마친 뒤 ${epochs.join(", ")}에폭에서 Adam의 상태를 초기화하고 이어서 학습했습니다. 따라서 가중치는 한 번에 학습한 것과 다릅니다.`,
    cosine: "학습률은 반 코사인을 따라 0으로 줄어듭니다.",
    evaluation:
      `다른 임계값을 밝히지 않는 한 확률이 0.5보다 크면 ${positive} 클래스로 분류합니다. 지표는 scikit-learn의 정의를 따르고 분모가 0이면 0입니다. AUC는 ROC 곡선 아래의 ` +
      "사다리꼴 면적입니다. 검증 데이터는 그렇게 밝힌 임계값과 온도를 선택하는 데에만 사용했습니다.",
    recipe: "레시피",
    seeds: "시드",
    hidden: "DNN의 은닉층",
    weights: "초기 가중치",
    random: "무작위",
    started: "시작",
    finished: "종료",
    minutes: (n) => `총 ${n}분`,
    commit: "pulmo 커밋",
    unknown: "알 수 없음",
    system: "시스템",
    cores: "코어",
    coresAndThreads: (cores, threads) => `물리 코어 ${count(cores)}개, 스레드 ${count(threads)}개 사용`,
    memory: "메모리",
    kernels: "커널",
    variants: {
      simd: "128비트 SIMD",
      relaxed: "128비트 SIMD, relaxed 곱셈-덧셈",
      revec: "128비트 SIMD, relaxed 곱셈-덧셈, V8이 256비트로 결합",
    },
    reproduce: "재현 방법",
    sameNumbers: "같은 파일과 같은 커널에서 같은 명령은 스레드 수와 관계없이 같은 수치를 냅니다.",
    command: "명령",
  },
  plots: {
    actual: (label) => `실제 ${label}`,
    predicted: (label) => `예측 ${label}`,
    trueClass: "실제 클래스",
    predictedClass: "예측 클래스",
    noImages: "영상 없음",
    confusion: (split) => `혼동 행렬, ${SPLIT_NAMES[split]}`,
    confusionData: "실제 클래스와 예측 클래스별 영상 수",
    cellAlt: (actual, predicted, n, share) => `실제 ${actual}, 예측 ${predicted}: ${n} (${share})`,
    roc: "ROC 곡선",
    rocByModel: "모델별 ROC 곡선, 테스트",
    rocData: `ROC 곡선의 점. p가 임계값 이상이면 ${positive} 클래스로 분류합니다`,
    fpr: "위양성률 (1 − 특이도)",
    tpr: "진양성률 (재현율)",
    curve: "곡선",
    areaOf: (title, auc) => `${title} AUC ${auc}`,
    rocAlt: (areas) => `위양성률에 따른 진양성률; ${listed(areas)}.`,
    precisionRecall: "정밀도-재현율 곡선",
    precisionRecallData: "정밀도-재현율 곡선의 점",
    averagePrecisionOf: (title, ap) => `${title} 평균 정밀도 ${ap}`,
    precisionRecallAlt: (areas) => `재현율에 따른 정밀도; ${listed(areas)}. 범례의 값은 평균 정밀도입니다.`,
    calibration: "보정, 테스트",
    calibrationData: "보정 그래프의 구간",
    bin: "p",
    meanProbability: "예측 확률의 평균",
    observedShare: `${positive} 영상의 비율`,
    calibrationCaption: (brier, ece) =>
      `Brier 점수 ${brier}, 기대 보정 오차(ECE) ${ece}. 점선은 완전한 보정이고, 점의 넓이는 영상 수입니다.`,
    uncalibrated: (ece) => ` 가는 선은 온도를 적용하지 않은 경우이며 ECE는 ${ece}입니다.`,
    calibrationAlt: (brier, ece, bins) => `Brier 점수 ${brier}, 기대 보정 오차 ${ece}; ${bins.join("; ")}.`,
    binAlt: (n, predicted, observed) => `영상 ${n}장, 평균 확률 ${predicted}, ${positive} 비율 ${observed}`,
    scores: "실제 클래스별 예측 확률, 테스트",
    scoresData: "확률과 실제 클래스별 테스트 영상 수",
    probability: `${positive} 확률`,
    scoresAlt: (negativeBelow, negatives, positiveBelow, positives) =>
      `0.5 미만: ${negative} 영상 ${negatives}장 중 ${negativeBelow}장, ${positive} 영상 ${positives}장 중 ${positiveBelow}장.`,
    loss: "에폭별 학습 손실",
    trainAccuracy: "에폭별 학습 정확도",
    byEpoch: { val: "에폭별 검증 결과", valRescaled: "에폭별 검증 결과, 매끄럽게 한 영상", test: "에폭별 테스트 결과" },
    byEpochCaption: {
      val: "임계값 0.5, 보정 전.",
      valRescaled: "같은 영상을 줄였다가 다시 확대하여 미세한 부분을 없앴습니다.",
      test: "참고용(--track test): 이 결과는 어떤 선택에도 사용하지 않았습니다. 에폭에 따라 크게 달라지면 하나의 결과를 믿기 어렵습니다.",
    },
    byEpochAlt: (figures, epochs) => `${epochs}에폭 후: ${figures.join(", ")}.`,
    epoch: "에폭",
    learningAlt: (first, last, epochs) => `1에폭 후 ${first}, ${epochs}에폭 후 ${last}.`,
    trainingTime: "학습 시간",
    seconds: "초",
    study: "원 연구",
    studyTime: (time) => `원 연구 ${time}`,
    times: (cpu) => `이 실행 (${cpu}).`,
    timesBesideStudy: (cpu, studyCpu) => `막대: 이 실행 (${cpu}). 세로선: 원 연구 (${studyCpu}).`,
    intervals: "95% 신뢰구간, 테스트",
    intervalsData: "값과 95% 신뢰구간",
    intervalsCaption: "점: 이 실행. 가로선: 95% 신뢰구간. 세로선: 원 연구.",
    intervalsAlt: (rows) => `${rows.join("; ")}.`,
    figure: "지표",
    value: "값",
    classDistribution: "클래스 분포",
    shareOfSplit: "분할 안의 비율",
  },
  adaptation: {
    title: "다른 병원에 맞춘 모델",
    subtitle: (model, images, date) => `${model}, 표시된 영상 ${count(images)}장, ${date}`,
    unreadable: (n) => `읽을 수 없는 파일 ${count(n)}개는 사용하지 않았습니다. 목록은 adaptation.json에 있습니다.`,
    falls: (figure, before, after, lower) =>
      `${figure}: ${before}에서 ${after}로 낮아집니다. 맞추는 과정은 두 클래스를 같은 비중으로 다룹니다. 이 지표가 더 중요하면 더 ${lower ? "낮은" : "높은"} 임계값을 사용하십시오.`,
    applied: (fits) => [
      "적용한 단계: ",
      { strong: listed(fits) },
      ". 맞추는 데 쓰지 않은 환자의 영상에서도 결과가 나아졌습니다.",
    ],
    unchanged: "우연의 범위를 넘어 나아지게 하는 단계가 없습니다. 모델의 점수와 임계값은 그대로이고, 아래의 통계만 바뀌었습니다.",
    images: "영상",
    imagesOf: (images, patients, classes) => `영상 ${count(images)}장, 환자 ${count(patients)}명: ${listed(classes)}`,
    ofClass: (name, images, patients) => `${name} ${count(images)}장 (환자 ${count(patients)}명)`,
    data: "데이터",
    model: "모델",
    newModel: "새 모델",
    before: "적용 전",
    after: "적용 후",
    caption: `모델의 임계값에서의 결과와 95% 신뢰구간. 재현율은 ${positive}, 특이도는 ${negative} 기준입니다. 적용 후: 각 영상을 다른 환자의 영상으로 맞춘 값으로 평가했습니다`,
    brier: "Brier 점수",
    ece: "보정 오차",
    intervals: "95% 신뢰구간, 적용 전과 후",
    calibration: (when) => `보정, ${when}`,
    steps: "단계",
    stepsIntro:
      "클래스마다 환자가 충분하면 단계를 시도하고, 이득이 표준오차의 1.96배보다 크면 적용합니다. 마지막 층, 배율과 이동값, 임계값의 순서로 맞추며, 각 단계는 그 앞까지 적용한 결과와 비교합니다.",
    stepsCaption: "다른 환자의 영상에서 영상당 이득과 95% 신뢰구간",
    step: "단계",
    gain: "이득",
    verdict: "결과",
    fits: {
      threshold: { title: "임계값", what: "균형 정확도가 가장 높은 결정 임계값" },
      scale: { title: "배율과 이동값", what: "로그 오즈에 수(1 / 온도)를 곱하고 수를 더함: Platt 보정" },
      "last-layer": { title: "마지막 층", what: "마지막 층 가중치의 변화량에 대한 능선 회귀" },
    },
    pointsOfAccuracy: (gain) => `균형 정확도 ${gain}%p`,
    ofEntropy: (gain) => `교차 엔트로피 ${gain}`,
    worth: "도움이 됨: 적용",
    notWorth: "도움이 되지 않음: 적용하지 않음",
    tooFew: (n) => `시도하지 않음: 클래스마다 환자 ${count(n)}명의 영상 필요`,
    conformal: "오류율을 정한 결정을 위한 점수",
    conformalWhat: "이 영상들의 점수로 하는 등각 예측",
    smallestRate: (rate) => `오류율 ${rate}부터`,
    unusual: "특이한 영상의 통계",
    unusualWhat: "모델이 경고할 영상을 정함; 영상 100장 필요",
    unusualBefore: (n, all) => `적용 전에는 ${count(all)}장 중 ${count(n)}장이 특이`,
    renewed: "교체함",
    kept: "유지",
    unusualKept: "유지하거나 없음",
    decisions: "오류율을 정한 결정",
    decisionsIntro:
      "적용 전: 모델에 들어 있던 검증 영상에 따른 결정입니다. 잘못된 결정이 오류율보다 많으면, 이 영상들에서는 오류율이 지켜지지 않습니다. 적용 후: 각 영상을 이 영상들 가운데 나머지와 비교하므로, " +
      "비슷한 영상에서 오류율이 지켜집니다.",
    decisionsCaption: "검토로 보낸 영상과 잘못 결정한 영상의 비율, 95% 신뢰구간(Wilson)",
    reviewBefore: "검토, 적용 전",
    wrongBefore: "오류, 적용 전",
    reviewAfter: "검토, 적용 후",
    wrongAfter: "오류, 적용 후",
    method: [
      "5겹 교차 검증: 한 환자의 영상은 모두 같은 겹에 들어가고, 각 영상은 나머지 겹으로 맞춘 값으로 평가합니다. 환자를 알 수 없는 영상은 한 장을 환자 한 명으로 셉니다. 새 파일에는 모든 영상으로 맞춘 값이 들어 있습니다.",
      "95% 신뢰구간은 환자를 2,000번 복원 추출한 부트스트랩으로 구했습니다(백분위수 방법, 시드 고정). 이 영상들과 다른 영상에서는 측정하지 않았으므로, 같은 종류의 영상에만 사용하십시오.",
    ],
  },
  evaluation: evaluationKo([negative, positive]),
  glance: glanceKo([negative, positive]),
  sweep: {
    title: "pulmo 설정 탐색",
    subtitle: (trainings) => `학습 ${count(trainings)}회`,
    section: "설정",
    how: (rows, seeds, folds, images) =>
      `설정 ${count(rows)}가지, 각각 시드 ${count(seeds)}개${folds > 1 ? `, 환자 단위 ${folds}겹 교차 검증` : ""}; 테스트 영상 ${count(images)}장. ` +
      "값은 한 설정의 모든 학습에 대한 평균이며 ±는 표준편차입니다.",
    tests:
      "‘앙상블’은 한 설정의 모든 학습의 로그 오즈 평균에 대한 AUC이며 95% 부트스트랩 신뢰구간을 함께 표시합니다. ‘차이’는 같은 영상에서 첫 행과의 AUC 차이(DeLong 대응 검정)이고, p는 모든 행에 대해 보정했습니다(Holm).",
    caption: { validation: "검증 영상의 AUC 순서", test: "테스트 영상의 AUC 순서" },
    chosenByTest:
      "학습 세트에서 나눈 검증 세트가 없어 테스트 결과로 정렬했습니다. 따라서 첫 행의 결과는 새 영상에서보다 좋게 나옵니다. 설정을 선택하려면 folds 또는 val-split을 사용하세요.",
    missing: "제외:",
    setting: "설정",
    trainings: "학습 횟수",
    validationAuc: "검증 AUC",
    ensemble: "앙상블",
    difference: "차이",
    chosen: "첫 행",
    plot: "설정과 AUC",
    plotAlt: (rows, low, high) => `설정 ${count(rows)}가지, 테스트 영상의 AUC ${low}–${high}`,
    plotCaption: "선 하나가 설정 하나이며, 각 축과 만나는 곳이 그 값입니다. 굵은 주황색 선이 첫 행입니다.",
  },
  compare: {
    title: "pulmo 실행 비교",
    subtitle: (runs) => `실행 ${count(runs)}개`,
    runs: "실행",
    run: "실행",
    date: "종료",
    differCaption: "실행마다 다른 설정과 컴퓨터",
    nothingDiffers: "설정과 컴퓨터가 모두 같습니다.",
    otherData: "실행들이 같은 파일을 사용하지 않았습니다(목록이 다름). 차이가 영상에서 비롯되었을 수 있습니다.",
    synthetic: "일부 실행은 합성 데이터를 사용했습니다: X선이 아니라 프로그램이 만든 영상입니다.",
    sample: "일부 실행은 pulmo에 포함된 작은 표본을 사용했습니다.",
    caption: "임계값 0.5에서의 테스트 결과. 값 아래는 이 모델이 있는 첫 실행과의 차이입니다",
    folder: "폴더",
    settings: {
      data: "목록",
      recipe: "레시피",
      epochs: "에폭",
      batchSize: "배치 크기",
      lr: "학습률",
      hidden: "DNN의 은닉층",
      seeds: "시드",
      weights: "초기 가중치",
      valSplit: "학습에서 나눈 검증",
      targetRecall: "목표 재현율",
      limit: "제한",
      threads: "스레드",
      wasm: "커널",
      cpu: "CPU",
      node: "Node.js",
      pulmo: "pulmo",
      commit: "커밋",
    },
  },
});
