/** The original study's test results: 5,216 / 16 / 624 images, no augmentation, PUBLISHED_CPU. */
export interface PublishedRow {
  accuracy: number;
  recall: number;
  auc: number;
  trainSeconds: number;
}

export const PUBLISHED_CPU = "24-core Xeon 6336Y";

/** What is known of a model beside its results. */
export interface KnownModel {
  title: string;
  /** null: the study has no such model. */
  study: PublishedRow | null;
}

/** By the models' names in metrics.json. */
export type KnownModels = Readonly<Record<string, KnownModel>>;

/** The study's models, which a report knows where its caller names no others. */
export const STUDIED: KnownModels = {
  logistic: { title: "Logistic regression", study: { accuracy: 0.731, recall: 0.987, auc: 0.91, trainSeconds: 404 } },
  dnn: { title: "DNN", study: { accuracy: 0.813, recall: 0.931, auc: 0.92, trainSeconds: 602 } },
  resnet18: { title: "ResNet-18", study: { accuracy: 0.824, recall: 0.995, auc: 0.96, trainSeconds: 746 } },
};

export function publishedRow(model: string, known: KnownModels): PublishedRow | null {
  return Object.hasOwn(known, model) ? known[model].study : null;
}

/** A model without a title is called by its name in metrics.json. */
export function modelTitle(model: string, { titles }: { titles: Readonly<Record<string, string>> }): string {
  return Object.hasOwn(titles, model) ? titles[model] : model;
}
