// The results that the original study published.

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
