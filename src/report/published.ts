// What models are called, and what the original study found: both from the models' definitions.
import type { ModelDefinition, StudyRow } from "../core/models/definition.js";

/** The study's machine: 5,216 / 16 / 624 images, no augmentation. */
export const PUBLISHED_CPU = "24-core Xeon 6336Y";

/** What is known of models beside their results. */
export type KnownModels = readonly Pick<ModelDefinition, "name" | "title" | "study">[];

/** null: the study has no such model. */
export const publishedRow = (model: string, known: KnownModels): StudyRow | null =>
  known.find(({ name }) => name === model)?.study ?? null;

/** A model without a title is called by its name in metrics.json. */
export function modelTitle(model: string, { titles }: { titles: Readonly<Record<string, string>> }): string {
  return Object.hasOwn(titles, model) ? titles[model] : model;
}
