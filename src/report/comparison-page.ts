// The page that compares several runs: their settings and their results.
import { MODELS } from "../core/models/index.js";
import type { ModelResults, RunResults } from "../results/metrics.js";
import { type Block, type Cell, left, NONE, type Section } from "./blocks.js";
import { type Mark, markOf } from "./dataset-mark.js";
import { auc, aucPoints, percent, points } from "./format.js";
import { checkModelNames } from "./input.js";
import { type KnownModels, modelTitle } from "./model-title.js";
import { intervalsPlot } from "./plots/intervals.js";
import { trainingTime } from "./plots/training-time.js";
import type { Page } from "./render/page.js";
import { ratesOf, resultColumns, SHARES } from "./result-columns.js";
import { stressBlocks } from "./sections/sensitivity.js";
import { NEUTRAL_CLASSES, type Words, wordsOf } from "./text/index.js";
import type { Language } from "./text/languages.js";
import { type PagePaths, writePage } from "./write.js";

export interface NamedRun {
  /** The folder, as given on the command line. */
  name: string;
  results: RunResults;
}

/** Writes the page for at least two runs. `known`: the titles of the models. Throws an InputError as writeReport does. */
export async function writeComparison(
  paths: PagePaths,
  runs: NamedRun[],
  language: Language = "en",
  known: KnownModels = MODELS,
): Promise<void> {
  for (const { results } of runs) checkModelNames(results);
  const [first, ...others] = runs.map(({ results }) => results.dataset.classes);
  const same = others.every((names) => names?.join() === first?.join());
  const classes = same ? first : NEUTRAL_CLASSES[language];
  await writePage(paths, comparisonPage(runs, wordsOf(language, known, classes)), "pulmo", new Map());
}

function comparisonPage(runs: NamedRun[], t: Words): Page {
  const notices = [
    ...(new Set(runs.map(({ results }) => results.dataset.manifestSha256)).size > 1 ? [t.compare.otherData] : []),
    ...runs.flatMap(({ results: { dataset } }) => (dataset.limit === null ? [] : [t.page.limited(dataset.limit)])),
  ];
  return {
    title: t.compare.title,
    subtitle: t.compare.subtitle(runs.length),
    banner: bannerOf(runs, t),
    notices: [...new Set(notices)],
    sections: [overview(runs, t), ...models(runs, t)],
    t,
  };
}

function bannerOf(runs: NamedRun[], t: Words): Mark | null {
  const datasets = runs.map(({ results }) => results.dataset);
  const synthetic = datasets.find((dataset) => dataset.synthetic);
  if (synthetic) return { ...markOf(synthetic, t)!, text: t.compare.synthetic };
  const sample = datasets.find((dataset) => dataset.sample);
  return sample ? { ...markOf(sample, t)!, text: t.compare.sample } : null;
}

const titleOf = (run: number, t: Words): string => `${t.compare.run} ${run + 1}`;

function overview(runs: NamedRun[], t: Words): Section {
  const rows = differences(runs, t);
  const columns = [left(""), ...runs.map((_, i) => left(titleOf(i, t)))];
  const folders: Cell[][] = [
    [t.compare.folder, ...runs.map(({ name }) => [{ code: name }])],
    [t.compare.date, ...runs.map(({ results }) => [{ code: results.settings.finishedAt }])],
  ];
  const blocks: Block[] = [{ kind: "table", caption: t.compare.differCaption, columns, rows: [...folders, ...rows] }];
  if (rows.length === 0) blocks.push({ kind: "paragraph", text: t.compare.nothingDiffers });
  return { id: "runs", title: t.compare.runs, blocks };
}

/** The settings that differ between the runs. */
function differences(runs: NamedRun[], t: Words): Cell[][] {
  const values = runs.map(({ results }) => settingsOf(results));
  return Object.entries(t.compare.settings).flatMap(([key, title]) => {
    const row = values.map((value) => value[key as keyof typeof value]);
    return row.every((value) => value === row[0])
      ? []
      : [[title, ...row.map((value) => (value === "" ? NONE : [{ code: value }]))]];
  });
}

function settingsOf({ dataset, settings, environment }: RunResults): Record<keyof Words["compare"]["settings"], string> {
  const text = (value: string | number | null | undefined) => String(value ?? "");
  return {
    data: dataset.manifestSha256.slice(0, 12),
    recipe: settings.recipe,
    epochs: text(settings.epochs),
    batchSize: text(settings.batchSize),
    lr: text(settings.lr),
    hidden: (settings.hidden ?? []).join(", "),
    seeds: (settings.seeds ?? [settings.seed]).join(", "),
    weights: text(settings.weights),
    valSplit: text(settings.valSplit),
    targetRecall: text(settings.targetRecall),
    limit: text(dataset.limit),
    threads: text(environment.threads),
    wasm: environment.wasm,
    cpu: environment.cpu,
    node: environment.node,
    pulmo: environment.pulmo,
    commit: text(settings.commit),
  };
}

interface ModelOfRun {
  run: number;
  model: ModelResults;
}

/** One section for each model of any run. */
function models(runs: NamedRun[], t: Words): Section[] {
  const names = [...new Set(runs.flatMap(({ results }) => Object.keys(results.models)))];
  return names.map((name) => {
    const found = runs.flatMap(({ results }, run) =>
      Object.hasOwn(results.models, name) ? [{ run, model: results.models[name] }] : [],
    );
    const blocks = [table(found, t), figures(name, found, runs, t), ...sensitivity(name, found, t)];
    return { id: `model-${name}`, title: modelTitle(name, t), blocks };
  });
}

function sensitivity(name: string, found: ModelOfRun[], t: Words): Block[] {
  const stressed = found.flatMap(({ run, model: { stress } }) =>
    stress ? [{ title: titleOf(run, t), stress, color: run }] : [],
  );
  if (stressed.length === 0) return [];
  return [{ kind: "group", title: t.sensitivity.title, blocks: stressBlocks(stressed, `leaning-${name}`, t) }];
}

function table(found: ModelOfRun[], t: Words): Block {
  return {
    kind: "table",
    stack: true,
    caption: t.compare.caption,
    columns: resultColumns(t.compare.run, t, ["trainTime"]),
    rows: found.map(({ run, model }, i) => rowOf(titleOf(run, t), model, i === 0 ? null : found[0].model, t)),
  };
}

function rowOf(title: string, model: ModelResults, first: ModelResults | null, t: Words): Cell[] {
  const [rates, before] = [ratesOf(model.test), first && ratesOf(first.test)];
  const [area, firstArea] = [model.test.auc, first?.test.auc ?? null];
  return [
    title,
    ...SHARES.map((share): Cell => ({ text: percent(rates[share]), note: before ? points(rates[share] - before[share]) : "" })),
    { text: auc(area), note: area === null || firstArea === null ? "" : aucPoints(area - firstArea) },
    {
      text: t.seconds(model.trainSeconds),
      note: first && first.trainSeconds > 0 ? `× ${(model.trainSeconds / first.trainSeconds).toFixed(2)}` : "",
    },
  ];
}

function figures(name: string, found: ModelOfRun[], runs: NamedRun[], t: Words): Block {
  const certain = found.filter(({ model }) => model.test.intervals);
  const machines = found.map(({ run }) => {
    const { threads, cpu } = runs[run].results.environment;
    return `${titleOf(run, t)}: ${t.comparison.machine(threads, cpu)}`;
  });
  const intervals = intervalsPlot(
    certain.map(({ run, model }) => ({ title: titleOf(run, t), test: model.test, color: run, study: null })),
    t,
  );
  const times = trainingTime(
    found.map(({ run, model }) => ({ title: titleOf(run, t), seconds: model.trainSeconds, published: null })),
    `${machines.join("; ")}.`,
    t,
  );
  return {
    kind: "figures",
    figures: [
      ...(certain.length > 0 ? [{ ...intervals, name: `intervals-${name}` }] : []),
      { ...times, name: `training-time-${name}` },
    ],
  };
}
