// The page's state: the model, the images with their scores, and how they are drawn.
import { MAP_COLOURS } from "../pictures/overlay.js";
import { drawCard } from "./card.js";
import { byId, make } from "./elements.js";
import { imagesOf } from "./images.js";
import { type Dropped, decisionOf, type Item, judge, toCsv, truthOf } from "./items.js";
import { drawErrorRate, errorRate, percent, reviewOf, setErrorRate, setReviewModel } from "./review.js";
import { createScorer, type Scorer } from "./scorer.js";
import { switchLanguage, tell, word } from "./speech.js";
import { drawTable, type Order, sorted } from "./table.js";
import { drawTruth } from "./truth.js";
import { show } from "./viewer.js";

let scorer: Scorer | undefined;
let items: Item[] = [];
let chosen: Item | undefined;
let threshold = 0.5;
/** Changes when the list is cleared: what was begun before does not belong to the list any more. */
let list = {};
/** Ends with the opening of the last model chosen. */
let opening: Promise<unknown> = Promise.resolve();
let order: Order = { column: "file", descending: false };

function draw(): void {
  byId("results").hidden = items.length === 0;
  if (!scorer || items.length === 0) return;
  const { classes } = scorer;
  const rate = errorRate();
  const decide = rate === undefined ? undefined : reviewOf;
  items = sorted(items, order, threshold, decide);
  const headings = {
    file: word("file"),
    decision: word("decision"),
    review: word("atErrorRate", { rate: percent(rate ?? 0) }),
    probability: word("probability", { class: classes[1] }),
    label: word("label"),
  };
  const onSort = (column: Order["column"]) => {
    order = { column, descending: order.column === column ? !order.descending : column === "probability" };
    draw();
  };
  drawTable({
    items,
    threshold,
    reviewOf: decide,
    classes,
    order,
    chosen,
    headings,
    onSort,
    onChoose: (item) => void choose(item),
  });
  const decided = (which: 0 | 1) => items.filter((item) => decisionOf(item, threshold) === which).length;
  const [classNegative, classPositive] = classes;
  const shownThreshold = threshold.toFixed(3);
  byId("threshold-value").textContent = shownThreshold;
  byId("counts").textContent = word("counts", {
    ...{ positive: decided(1), negative: decided(0), classPositive, classNegative },
    threshold: shownThreshold,
  });
  drawErrorRate();
  const byDecision = [0, 0, 0];
  if (decide) for (const { score } of items) if (score) byDecision[decide(score)]++;
  const [negative, positive, review] = byDecision;
  byId("review-counts").textContent = decide
    ? word("reviewCounts", { positive, negative, review, classPositive, classNegative, rate: percent(rate!) })
    : "";
  const dot = (name: string, colour: string) => {
    const text = make("span", {}, word("speaksFor", { class: name }));
    text.style.setProperty("--dot", colour);
    return text;
  };
  byId("legend").replaceChildren(dot(classPositive, MAP_COLOURS.PNEUMONIA), dot(classNegative, MAP_COLOURS.NORMAL));
  drawVerdict();
  drawTruth(judge(items, threshold), classes);
}

function drawVerdict(): void {
  const decision = chosen && decisionOf(chosen, threshold);
  byId("viewer").hidden = chosen === undefined;
  byId("viewed").textContent = chosen?.path ?? "";
  const said = byId("verdict");
  if (decision === undefined) said.textContent = chosen?.error ?? "";
  else said.textContent = `${scorer!.classes[decision]}, ${chosen!.score!.probability.toFixed(4)}${decidedText(chosen!)}`;
  const { notes = [] } = chosen?.score ?? {};
  byId("notes").replaceChildren(...notes.map((note) => make("li", {}, note)));
  said.className = decision === undefined ? "" : decision ? "positive" : "negative";
}

/** With an error rate: the decision, after the label. */
function decidedText({ score }: Item): string {
  const rate = errorRate();
  if (rate === undefined || !score) return "";
  const decision = [...scorer!.classes, word("review")][reviewOf(score)];
  return ` · ${word("atErrorRate", { rate: percent(rate) })}: ${decision}`;
}

async function choose(item: Item): Promise<void> {
  chosen = item;
  draw();
  const explained = item.error ? undefined : await scorer!.explain(item.file).catch(() => undefined);
  // The user may have chosen another image meanwhile.
  if (chosen === item) show(explained);
}

/** Milliseconds between two drawings of the progress and the table while images are scored: a drawing takes time from the workers. */
const DRAW_EVERY = 250;

export async function add(dropped: Dropped[]): Promise<void> {
  if (dropped.length === 0) return tell("noImages");
  const used = scorer!;
  const mine = list;
  const { images, leftOut } = await imagesOf(dropped);
  if (list !== mine) return;
  if (images.length === 0) return tell("leftOut", { count: leftOut });
  const added: Item[] = images.map((one) => {
    const truth = truthOf(one.path, used.classes);
    return truth === undefined ? { ...one } : { ...one, truth };
  });
  items = [...items, ...added];
  const start = performance.now();
  const bar = byId<HTMLProgressElement>("progress");
  bar.hidden = false;
  let done = 0;
  let drawn = Number.NEGATIVE_INFINITY;
  const progress = () => {
    if (list !== mine || performance.now() - drawn < DRAW_EVERY) return;
    bar.value = done / added.length;
    tell("scoring", { done, total: added.length });
    draw();
    drawn = performance.now();
  };
  progress();
  await Promise.all(
    added.map(async (item) => {
      await used.score(item.file).then(
        (score) => (item.score = score),
        (error: Error) => (item.error = error.message),
      );
      done++;
      progress();
    }),
  );
  if (list !== mine) return;
  bar.hidden = true;
  tell("scored", { total: added.length, seconds: ((performance.now() - start) / 1000).toFixed(1) });
  const unreadable = added.filter(({ error }) => error).length;
  if (unreadable > 0) byId("said").append(` · ${word("unreadable", { count: unreadable })}`);
  if (leftOut > 0) byId("said").append(` · ${word("leftOut", { count: leftOut })}`);
  draw();
  if (!chosen || !items.includes(chosen)) await choose(items[0]);
}

/** Opens models one after another, in the order of the calls. If the model is not usable, the open one stays open. */
export function openModel(file: ArrayBuffer | Promise<ArrayBuffer>): Promise<void> {
  const opened = opening.then(async () => open(await file));
  opening = opened.catch(() => {});
  return opened;
}

/** Resolves when no model is being opened. */
export const modelsOpened = async (): Promise<void> => void (await opening);

/** As many digits of a hash as `view` prints. */
const SHORT_HASH = 12;

async function open(file: ArrayBuffer): Promise<void> {
  tell("loadingModel");
  const opened = await createScorer(file);
  scorer?.close();
  scorer = opened;
  clear();
  setReviewModel(scorer);
  setThreshold(scorer.threshold);
  const { metadata, hash } = scorer;
  const facts = [metadata.model, metadata.recipe, hash && `SHA-256 ${hash.slice(0, SHORT_HASH)}`];
  byId("model").textContent = facts.filter((text) => typeof text === "string").join(", ");
  byId("model").title = hash ?? "";
  drawCard(metadata.card, hash);
  byId("choose-model").hidden = true;
  byId("drop").hidden = byId("views").hidden = false;
}

export function clear(): void {
  list = {};
  byId("progress").hidden = true;
  items = [];
  chosen = undefined;
  show(undefined);
  tell();
  draw();
}

export function setThreshold(value: number): void {
  threshold = value;
  byId<HTMLInputElement>("threshold").value = String(value);
  draw();
}

export function chooseErrorRate(parts: number): void {
  setErrorRate(parts);
  // The column is gone without an error rate.
  if (order.column === "review" && errorRate() === undefined) order = { column: "file", descending: false };
  draw();
}

export const resetThreshold = (): void => setThreshold(scorer!.threshold);
export const currentScorer = (): Scorer | undefined => scorer;
export const chooseRow = (row: number): Promise<void> => choose(items[row]);
/** The file that `predict --csv` writes. */
export const csv = (): string => toCsv(items, threshold, scorer!.classes, errorRate() === undefined ? undefined : reviewOf);

export function changeLanguage(): void {
  switchLanguage();
  if (scorer) drawCard(scorer.metadata.card, scorer.hash);
  draw();
}
