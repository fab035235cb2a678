// What the model's file says about itself (results/model-card.ts), under "About this model". The file may come from anyone.
import type { CardFigure, ModelCard } from "../results/model-card.js";
import { byId, make } from "./elements.js";
import { word } from "./speech.js";

/** Defined by build.mjs: the card of the model that comes with this version of pulmo, and the hash of that model; null: there is none. */
declare const MODEL_CARD: { path: string; sha256: string } | null;

const percent = (value: number): string => `${(100 * value).toFixed(1)}%`;

/** With its 95 % interval. */
function figure({ value, interval }: CardFigure, print: (value: number) => string): string {
  return `${print(value!)}${interval ? ` (${print(interval[0])}–${print(interval[1])})` : ""}`;
}

function linesOf(card: Partial<ModelCard>): string[] {
  const { figures, data, training, attribution, licence, use, limits = [] } = card;
  const lines = [...limits, use];
  if (figures) {
    const { n, auc, accuracy, recall, specificity } = figures.test;
    const shares = { accuracy, recall, specificity };
    const shown = Object.entries(shares).map(([name, found]) => [name, figure(found, percent)]);
    lines.push(word("cardFigures", { n, auc: figure(auc, (value) => value.toFixed(3)), ...Object.fromEntries(shown) }));
  }
  if (data && training) {
    const { NORMAL, PNEUMONIA } = data.counts.train;
    lines.push(word("cardTraining", { images: NORMAL + PNEUMONIA, recipe: training.recipe, seed: training.seed }));
  }
  if (attribution) lines.push(word("cardData", { attribution }));
  if (licence) lines.push(word("cardLicence", { licence }));
  return lines.filter((line) => typeof line === "string");
}

/** `hash`: SHA-256 of the model's file, if it is known. */
export function drawCard(card: unknown, hash: string | undefined): void {
  let lines: string[] = [];
  try {
    if (typeof card === "object" && card) lines = linesOf(card);
  } catch {
    // A card of another form is not shown.
  }
  const link = MODEL_CARD && hash === MODEL_CARD.sha256 ? MODEL_CARD.path : undefined;
  byId("card").hidden = lines.length === 0 && link === undefined;
  const items = lines.map((line) => make("li", {}, line));
  if (link !== undefined) {
    items.push(make("li", {}, make("a", { href: link, target: "_blank", rel: "noreferrer" }, word("modelCard"))));
  }
  byId("card-lines").replaceChildren(...items);
}
