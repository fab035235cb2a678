import type { ModelDefinition } from "../core/models/definition.js";

/** The titles of models. */
export type KnownModels = readonly Pick<ModelDefinition, "name" | "title">[];

/** A model without a title is shown under its name in metrics.json. */
export function modelTitle(model: string, { titles }: { titles: Readonly<Record<string, string>> }): string {
  return Object.hasOwn(titles, model) ? titles[model] : model;
}
