/** The original study's test results, on 5,216 / 16 / 624 images and a 24-core Xeon 6336Y (DESIGN.md, section 7). */
export interface PublishedRow {
  accuracy: number;
  recall: number;
  auc: number;
  trainSeconds: number;
}

const ROWS: Record<string, PublishedRow> = {
  logistic: { accuracy: 0.731, recall: 0.987, auc: 0.91, trainSeconds: 404 },
  dnn: { accuracy: 0.813, recall: 0.931, auc: 0.92, trainSeconds: 602 },
  resnet18: { accuracy: 0.824, recall: 0.995, auc: 0.96, trainSeconds: 746 },
};

export const PUBLISHED_CPU = "24-core Xeon 6336Y";

export function publishedRow(model: string): PublishedRow | null {
  return Object.hasOwn(ROWS, model) ? ROWS[model] : null;
}

/** Logistic regression is the only one whose name is a word of a language: text/<lang>.ts. */
const TITLES: Record<string, string> = { dnn: "DNN", resnet18: "ResNet-18" };

export function modelTitle(model: string, { logistic }: { logistic: string }): string {
  if (model === "logistic") return logistic;
  return Object.hasOwn(TITLES, model) ? TITLES[model] : model;
}
