// The page: a model, images dropped on it, their scores. Everything happens here; nothing is sent.
import { byId, make } from "./elements.js";
import { chosenFiles, droppedFiles } from "./files.js";
import { type Dropped, decisionOf, type Item, judge, toCsv, truthOf } from "./items.js";
import { createScorer, type Scorer } from "./scorer.js";
import { drawTable, followArrows, type Order, sorted } from "./table.js";
import { drawTruth } from "./truth.js";
import { show, watchViewer } from "./viewer.js";
import { firstLanguage, type Language, say, type Word } from "./words.js";

let language: Language = firstLanguage();
let scorer: Scorer | undefined;
let items: Item[] = [];
let chosen: Item | undefined;
let threshold = 0.5;
let order: Order = { column: "file", descending: false };
/** Told again when the language changes. */
let status: [Word, Record<string, string | number>] | undefined;

const word = (name: Word, values?: Record<string, string | number>) => say(language, name, values);

function tell(name?: Word, values: Record<string, string | number> = {}): void {
  status = name && [name, values];
  byId("said").textContent = name ? word(name, values) : "";
}

function drawWords(): void {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll<HTMLElement>("[data-word]")) {
    element.textContent = word(element.dataset.word as Word);
  }
  byId("promise").textContent = word("promise");
  byId("language").textContent = word("otherLanguage");
  byId("language").lang = language === "en" ? "ko" : "en";
  if (status) tell(...status);
}

function draw(): void {
  byId("results").hidden = items.length === 0;
  if (!scorer || items.length === 0) return;
  const { classes } = scorer;
  items = sorted(items, order, threshold);
  const headings = {
    file: word("file"),
    decision: word("decision"),
    probability: word("probability", { class: classes[1] }),
    label: word("label"),
  };
  const onSort = (column: Order["column"]) => {
    order = { column, descending: order.column === column ? !order.descending : column === "probability" };
    draw();
  };
  drawTable({ items, threshold, classes, order, chosen, headings, onSort, onChoose: (item) => void choose(item) });
  const decided = (which: 0 | 1) => items.filter((item) => decisionOf(item, threshold) === which).length;
  const [classNegative, classPositive] = classes;
  const shownThreshold = threshold.toFixed(3);
  byId("threshold-value").textContent = shownThreshold;
  byId("counts").textContent = word("counts", {
    ...{ positive: decided(1), negative: decided(0), classPositive, classNegative },
    threshold: shownThreshold,
  });
  const dot = (which: 0 | 1) =>
    make("span", { className: which ? "positive-dot" : "negative-dot" }, word("speaksFor", { class: classes[which] }));
  byId("legend").replaceChildren(dot(1), dot(0));
  drawVerdict();
  drawTruth(judge(items, threshold), classes, word);
}

function drawVerdict(): void {
  const decision = chosen && decisionOf(chosen, threshold);
  byId("viewer").hidden = chosen === undefined;
  byId("viewed").textContent = chosen?.path ?? "";
  const said = byId("verdict");
  if (decision === undefined) said.textContent = chosen?.error ?? "";
  else said.textContent = `${scorer!.classes[decision]}, ${chosen!.score!.probability.toFixed(4)}`;
  said.className = decision === undefined ? "" : decision ? "positive" : "negative";
}

async function choose(item: Item): Promise<void> {
  chosen = item;
  draw();
  const explained = item.error ? undefined : await scorer!.explain(item.file).catch(() => undefined);
  // Another one may have been chosen meanwhile.
  if (chosen === item) show(explained);
}

/** Scores what was added, drawing at most every so many milliseconds. */
const DRAW_EVERY = 250;

async function add(dropped: Dropped[]): Promise<void> {
  if (dropped.length === 0) return tell("noImages");
  const used = scorer!;
  const added: Item[] = dropped.map((one) => {
    const truth = truthOf(one.path, used.classes);
    return truth === undefined ? { ...one } : { ...one, truth };
  });
  items = [...items, ...added];
  const start = performance.now();
  const bar = byId<HTMLProgressElement>("progress");
  bar.hidden = false;
  let done = 0;
  let drawn = 0;
  const progress = () => {
    bar.value = done / added.length;
    tell("scoring", { done, total: added.length });
    if (performance.now() - drawn < DRAW_EVERY) return;
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
  bar.hidden = true;
  tell("scored", { total: added.length, seconds: ((performance.now() - start) / 1000).toFixed(1) });
  const unreadable = added.filter(({ error }) => error).length;
  if (unreadable > 0) byId("said").append(` · ${word("unreadable", { count: unreadable })}`);
  draw();
  if (!chosen || !items.includes(chosen)) await choose(items[0]);
}

async function openModel(file: ArrayBuffer): Promise<void> {
  tell("loadingModel");
  const core = await (await fetch("pulmo-infer.wasm")).arrayBuffer();
  scorer?.close();
  scorer = await createScorer(core, file);
  clear();
  setThreshold(scorer.threshold);
  const { model, recipe } = scorer.metadata;
  byId("model").textContent = [model, recipe].filter((text) => typeof text === "string").join(", ");
  byId("choose-model").hidden = true;
  byId("drop").hidden = false;
}

function clear(): void {
  items = [];
  chosen = undefined;
  show(undefined);
  tell();
  draw();
}

function setThreshold(value: number): void {
  threshold = value;
  byId<HTMLInputElement>("threshold").value = String(value);
  draw();
}

/** What a person started, and what became of it where it failed. */
const attempt = (work: () => Promise<void>): void =>
  void work().catch((error: Error) => {
    byId("progress").hidden = true;
    tell("failed", { error: error.message });
  });

function take(dropped: Dropped[]): Promise<void> {
  const model = dropped.find(({ path }) => path.endsWith(".pulmo"));
  if (model) return model.file.arrayBuffer().then(openModel);
  return scorer ? add(dropped) : Promise.resolve(tell("chooseModel"));
}

function saveCsv(): void {
  const url = URL.createObjectURL(new Blob([toCsv(items, threshold, scorer!.classes)], { type: "text/csv" }));
  make("a", { href: url, download: "pulmo.csv" }).click();
  URL.revokeObjectURL(url);
}

function watch(): void {
  byId("language").onclick = () => {
    language = language === "en" ? "ko" : "en";
    drawWords();
    draw();
  };
  for (const id of ["files", "folder", "model-file"]) {
    const input = byId<HTMLInputElement>(id);
    input.onchange = () => {
      const files = chosenFiles(input.files!);
      input.value = "";
      attempt(() => take(files));
    };
  }
  const over = (is: boolean) => byId("drop").classList.toggle("over", is);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  document.addEventListener("dragleave", () => over(false));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    const files = droppedFiles(event.dataTransfer!);
    attempt(async () => take(await files));
  });
  byId<HTMLInputElement>("threshold").oninput = ({ target }) => setThreshold((target as HTMLInputElement).valueAsNumber);
  byId("reset").onclick = () => setThreshold(scorer!.threshold);
  byId("csv").onclick = saveCsv;
  byId("clear").onclick = clear;
  followArrows((row) => void choose(items[row]));
  watchViewer();
}

async function start(): Promise<void> {
  drawWords();
  watch();
  if ("serviceWorker" in navigator && isSecureContext) {
    // Without it (a private window) the page works, with a network.
    await navigator.serviceWorker.register("offline.js").catch(() => {});
  }
  const { models } = (await (await fetch("models.json")).json()) as { models: string[] };
  if (models.length === 0) byId("choose-model").hidden = false;
  else await openModel(await (await fetch(models[0])).arrayBuffer());
}

attempt(start);
