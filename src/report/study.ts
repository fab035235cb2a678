// The results that the original study published: a course project, AI+X, Hanyang University, 2025.

export const STUDY_TITLE = "custom DNN 및 ResNet 을 이용한 폐렴 진단 성능 비교";

/** Test results as fractions at threshold 0.5; seconds of training on STUDY_CPU. */
export interface StudyRow {
  accuracy: number;
  recall: number;
  auc: number;
  trainSeconds: number;
}

/** The study used 5,216 / 16 / 624 images and no augmentation. */
export const STUDY_CPU = "24-core Xeon 6336Y";

const STUDY: Readonly<Record<string, StudyRow>> = {
  logistic: { accuracy: 0.731, recall: 0.987, auc: 0.91, trainSeconds: 404 },
  dnn: { accuracy: 0.813, recall: 0.931, auc: 0.92, trainSeconds: 602 },
  resnet18: { accuracy: 0.824, recall: 0.995, auc: 0.96, trainSeconds: 746 },
};

/** null: the study did not test this model. */
export const studyRow = (model: string): StudyRow | null => (Object.hasOwn(STUDY, model) ? STUDY[model] : null);
