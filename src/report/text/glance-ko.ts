// The words of the first screen and of the folded sections, in Korean.
import type { ClassNames } from "../../data/types.js";
import { count } from "../format.js";
import type { glanceEn } from "./glance-en.js";

export const glanceKo = ([, positive]: ClassNames): ReturnType<typeof glanceEn> => ({
  alone: (model) => [{ strong: model }, " 모델 하나만 학습했습니다."],
  best: (model, models) => [`모델 ${count(models)}개 가운데 `, { strong: model }, " 모델의 테스트 결과가 가장 좋습니다."],
  tied: (model, models) => [`모델 ${count(models)}개 가운데 `, { strong: model }, " 모델이 공동으로 가장 좋은 결과를 냈습니다."],
  tiles: (images) => `테스트 영상 ${count(images)}장, 임계값 0.5. 값 아래는 95% 신뢰구간입니다.`,
  watch: "주의할 점",
  more: "설명: 모든 모델, 선택한 임계값, 원 연구",
  choose: "임계값",
  half: "0.5",
  allThresholds: "다른 임계값",
  recallOn: (target) => `검증 세트에서 재현율 ${target} 이상`,
  balanced: "검증 세트에서 균형 정확도 최대",
  kept: (models) => `테스트 영상에서 오류율이 지켜지는지: ${models.join("; ")}.`,
  untested: "검증 영상이 너무 적음",
  intervals: (models) => `AUC와 95% 신뢰구간: ${models.join("; ")}.`,
  worst: (model, from, to, change) => `${model} AUC ${from} → ${to} (${change})`,
  strongest: (models) => `가장 큰 감소: ${models.join("; ")}.`,
  model: (accuracy, auc, recall, specificity, time) =>
    `정확도 ${accuracy}, AUC ${auc}, 재현율 ${recall}, 특이도 ${specificity}, 학습 시간 ${time}.`,
  data: (images) => `영상 ${count(images)}장.`,
  copiesAcrossSplits: (n) => `그림 ${count(n)}개가 둘 이상의 분할에 있습니다. 그 분할의 결과는 실제보다 좋게 나옵니다.`,
  copiesAcrossClasses: (n) =>
    `그림 ${count(n)}개가 두 클래스에 모두 있습니다. ${positive} 라벨이거나 아니거나, 하나는 틀렸습니다.`,
  copies: (files, groups, first) => `파일 ${count(files)}개는 똑같은 사본이 있습니다(${count(groups)}묶음, 첫째: ${first}).`,
  shared: (n, a, b) =>
    `환자 번호 ${count(n)}개가 ${a} 분할과 ${b} 분할에 모두 있습니다. 같은 번호가 같은 환자인지는 알 수 없습니다.`,
});
