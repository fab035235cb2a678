// The report of `evaluate`: does the model work on these images?
import { join } from "node:path";
import { MODELS } from "../core/models/index.js";
import type { ClassNames } from "../data/types.js";
import type { Evaluation } from "../eval/evaluation.js";
import type { GroupMetrics } from "../eval/groups.js";
import { writeFileAtomic } from "../node/files.js";
import type { Interval } from "../results/metrics.js";
import type { Pictures } from "../results/picture-list.js";
import { type Block, type Cell, left, NONE, right, type Section, type Text } from "./blocks.js";
import { markOf } from "./dataset-mark.js";
import { auc, aucRange, count, percent, percentRange, threshold } from "./format.js";
import { dataUris, readPictures } from "./load-pictures.js";
import { modelTitle } from "./model-title.js";
import { calibration } from "./plots/calibration.js";
import { confusion } from "./plots/confusion.js";
import { histogram } from "./plots/histogram.js";
import { precisionRecall } from "./plots/precision-recall.js";
import { roc } from "./plots/roc.js";
import type { Page } from "./render/page.js";
import { galleries, MODEL_CARD } from "./sections/models.js";
import { slider } from "./sections/thresholds.js";
import { type Words, wordsOf } from "./text/index.js";
import type { Language } from "./text/languages.js";
import { writePage } from "./write.js";

/** An image on the wrong side of the threshold. */
export interface WrongImage {
  file: string;
  label: 0 | 1;
  pPneumonia: number;
  patient?: string;
  hospital?: string;
  device?: string;
  group?: string;
}

export interface EvaluationResults {
  about: {
    /** The model's name, its path as given, and the SHA-256 of its tensors and facts. */
    model: string;
    checkpoint: string;
    sha256: string;
    /** The folder or list of the images, the split, and the CSV of labels, if there is one. */
    data: string;
    split: string;
    labels: string | null;
    /** Identifies the images: see data/manifest.ts. */
    manifestSha256: string;
    classes: ClassNames;
    synthetic: boolean;
    sample: boolean;
    limit: number | null;
    pulmo: string;
    /** UTC, ISO 8601. */
    finishedAt: string;
    modelNotes: string[];
    /** Whether it is the model that comes with pulmo. */
    packaged: boolean;
    notes: string[];
    unreadable: { file: string; reason: string }[];
    unlabelled?: string[] | undefined;
    withoutImage?: string[] | undefined;
  };
  evaluation: Evaluation;
  /** The most confident first. */
  errors: WrongImage[];
}

const SCHEMA = 1;

export const evaluationPaths = (dir: string) => ({
  html: join(dir, "report.html"),
  markdown: join(dir, "report.md"),
  plots: join(dir, "plots"),
  json: join(dir, "metrics.json"),
  csv: join(dir, "predictions.csv"),
  patients: join(dir, "patients.csv"),
});

/** Writes metrics.json and the page into `dir`. Pictures of errors are read from there. */
export async function writeEvaluation(dir: string, results: EvaluationResults, language: Language = "en"): Promise<void> {
  const { about, evaluation, errors } = results;
  const paths = evaluationPaths(dir);
  const json = { schema: SCHEMA, kind: "evaluation", ...about, ...evaluation, errors };
  await writeFileAtomic(paths.json, `${JSON.stringify(json, null, 1)}\n`);
  const t = wordsOf(language, MODELS, about.classes);
  const pictures = await readPictures(dir, about.model);
  const subtitle = `pulmo, ${about.finishedAt.slice(0, 10)}`;
  await writePage(paths, evaluationPage(results, pictures, t), subtitle, await dataUris(dir, [pictures]));
}

export function evaluationPage(results: EvaluationResults, pictures: Pictures | null, t: Words): Page {
  const { about, evaluation } = results;
  const w = t.evaluation;
  return {
    title: w.title,
    subtitle: w.subtitle(modelTitle(about.model, t), evaluation.n, about.finishedAt.slice(0, 10)),
    banner: markOf(about, t),
    notices: about.limit === null ? [] : [t.page.limited(about.limit)],
    sections: [
      glance(results, t),
      ...groupsOf(evaluation, t),
      thresholds(results, t),
      errorsOf(results, pictures, t),
      probabilities(evaluation, t),
      images(results, t),
      method(results, t),
    ],
    t,
  };
}

function glance({ about, evaluation }: EvaluationResults, t: Words): Section {
  const { accuracy, auc: area, confusion: matrix, perClass, intervals, n } = evaluation;
  const w = t.evaluation;
  const [[tn, fp], [fn, tp]] = matrix;
  const share = (title: string, value: number, known: boolean, ends: Interval | null) => ({
    title,
    value: known ? percent(value) : "–",
    note: known && ends ? percentRange(ends) : "",
  });
  const { PNEUMONIA, NORMAL } = perClass;
  const curve = { title: modelTitle(about.model, t), split: evaluation, color: 0, dash: 0 };
  const at = threshold(evaluation.threshold);
  return {
    id: "summary",
    title: t.summary.title,
    blocks: [
      {
        kind: "glance",
        blocks: [
          { kind: "paragraph", lead: true, text: w.verdict(modelTitle(about.model, t), tn + tp, n, at) },
          {
            kind: "tiles",
            tiles: [
              { title: t.columns.auc, value: auc(area), note: intervals.auc ? aucRange(intervals.auc) : "" },
              share(t.columns.recall, PNEUMONIA.recall, PNEUMONIA.support > 0, intervals.recall),
              share(t.columns.specificity, NORMAL.recall, NORMAL.support > 0, intervals.specificity),
              share(t.columns.accuracy, accuracy, true, intervals.accuracy),
            ],
          },
          { kind: "paragraph", text: w.wrong(fn, fn + tp, fp, tn + fp) },
          { kind: "list", items: caveats(about, evaluation, t) },
        ],
        figures: [roc("roc", t.plots.roc, [curve], t), confusion("confusion", w.confusion(at), evaluation, t)],
      },
    ],
  };
}

/** With fewer images of a class, its interval is about as wide as 15 percentage points on either side. */
const FEW_IMAGES = 40;

function caveats(about: EvaluationResults["about"], evaluation: Evaluation, t: Words): Text[] {
  const { perClass, patients, intervalsOver, unusual = [] } = evaluation;
  const w = t.evaluation;
  const few = [perClass.NORMAL, perClass.PNEUMONIA].flatMap(({ support }, label) =>
    support < FEW_IMAGES ? [w.fewImages(t.classes[label], support)] : [],
  );
  const counted = [
    [about.unreadable.length, w.unreadable],
    [about.withoutImage?.length ?? 0, w.withoutImage],
    [about.unlabelled?.length ?? 0, w.unlabelled],
    [unusual.length, w.unusual],
  ] as const;
  return [
    ...few,
    ...counted.flatMap(([n, say]) => (n > 0 ? [say(n)] : [])),
    intervalsOver === "patients" ? w.overPatients(patients!.n) : w.overImages,
    ...about.modelNotes.map((note): Text => [{ code: about.checkpoint }, ` ${note}.`]),
    [{ strong: t.summary.notClinical }],
  ];
}

const FIGURES = ["accuracy", "recall", "specificity", "auc"] as const;

function groupsOf(evaluation: Evaluation, t: Words): Section[] {
  const w = t.evaluation;
  const { patients, hospitals = [], devices = [], groups } = evaluation;
  const blocks: Block[] = [
    ...(patients ? byPatient(evaluation, patients, t) : []),
    ...(hospitals.length > 0 ? [groupTable(w.hospital, hospitals, t)] : []),
    ...(devices.length > 0 ? [groupTable(w.device, devices, t)] : []),
    ...(groups.length > 0 ? [groupTable(w.group, groups, t)] : []),
  ];
  return blocks.length === 0 ? [] : [{ id: "groups", title: w.groups, blocks }];
}

function byPatient(evaluation: Evaluation, patients: NonNullable<Evaluation["patients"]>, t: Words): Block[] {
  const w = t.evaluation;
  const ends = (value: number | null, interval: Interval | null, isArea = false): Cell =>
    value === null
      ? NONE
      : {
          text: isArea ? auc(value) : percent(value),
          note: interval ? (isArea ? aucRange(interval) : percentRange(interval)) : "",
        };
  const cells = (
    of: Pick<Evaluation, "accuracy" | "auc" | "confusion" | "intervals"> & { recall: number; specificity: number },
  ) => {
    const [[tn, fp], [fn, tp]] = of.confusion;
    return [
      count(fn),
      count(fp),
      ends(of.accuracy, of.intervals.accuracy),
      ends(tp + fn > 0 ? of.recall : null, of.intervals.recall),
      ends(tn + fp > 0 ? of.specificity : null, of.intervals.specificity),
      ends(of.auc, of.intervals.auc, true),
    ];
  };
  const imageRow = { ...evaluation, recall: evaluation.perClass.PNEUMONIA.recall };
  return [
    { kind: "paragraph", text: w.patientScore + (patients.mixed > 0 ? w.mixed(patients.mixed) : "") },
    {
      kind: "table",
      stack: true,
      caption: w.patientsCaption,
      columns: [
        left(""),
        right(w.number),
        ...(["falseNegatives", "falsePositives", ...FIGURES] as const).map((name) => right(t.columns[name])),
      ],
      rows: [
        [w.byImage, count(evaluation.n), ...cells(imageRow)],
        [w.byPatient, count(patients.n), ...cells(patients)],
      ],
    },
  ];
}

function groupTable(title: string, groups: GroupMetrics[], t: Words): Block {
  const share = (value: number | null, interval?: Interval | null): Cell =>
    value === null ? NONE : { text: percent(value), note: interval ? percentRange(interval) : "" };
  const w = t.evaluation;
  return {
    kind: "table",
    stack: true,
    caption: w.groupsCaption(title) + (groups.some(({ intervals }) => intervals) ? w.withIntervals : ""),
    columns: [left(title), right(w.number), ...FIGURES.map((name) => right(t.columns[name]))],
    rows: groups.map(({ group, n, accuracy, recall, specificity, auc: area, intervals }) => [
      [{ code: group }],
      count(n),
      share(accuracy, intervals?.accuracy),
      share(recall, intervals?.recall),
      share(specificity, intervals?.specificity),
      area === null ? NONE : { text: auc(area), note: intervals?.auc ? aucRange(intervals.auc) : "" },
    ]),
  };
}

function thresholds({ about, evaluation }: EvaluationResults, t: Words): Section {
  const w = t.evaluation;
  const { targetRecall, confusion: matrix, threshold: at } = evaluation;
  const reached: Block[] =
    targetRecall === undefined
      ? []
      : [
          {
            kind: "paragraph",
            text: targetRecall
              ? w.targetRecall({
                  target: percent(targetRecall.target),
                  threshold: threshold(targetRecall.threshold),
                  recall: percent(targetRecall.recall),
                  specificity: percent(targetRecall.specificity),
                  accuracy: percent(targetRecall.accuracy),
                })
              : t.thresholds.none,
          },
        ];
  const named = [
    { threshold: at, confusion: matrix },
    ...(targetRecall ? [{ threshold: targetRecall.threshold, confusion: targetRecall.confusion }] : []),
  ];
  return {
    id: "thresholds",
    title: t.thresholds.title,
    blocks: [
      { kind: "paragraph", text: `${t.thresholds.plain} ${w.thresholdOf(threshold(at))}` },
      ...reached,
      ...slider(about.model, evaluation, named, t),
    ],
  };
}

const ABOUT = ["patient", "hospital", "device", "group"] as const;

function errorsOf({ evaluation, errors }: EvaluationResults, pictures: Pictures | null, t: Words): Section {
  const w = t.evaluation;
  const columns = ABOUT.filter((key) => errors.some((image) => image[key] !== undefined));
  const list: Block[] =
    errors.length === 0
      ? [{ kind: "paragraph", text: w.noErrors }]
      : [
          {
            kind: "details",
            title: w.allErrors(errors.length),
            blocks: [
              {
                kind: "table",
                caption: w.errorsCaption,
                columns: [left(t.data.file), left(t.plots.trueClass), right("p"), ...columns.map((key) => left(w[key]))],
                rows: errors.map((image) => [
                  [{ code: image.file }],
                  t.classes[image.label],
                  image.pPneumonia.toFixed(4),
                  ...columns.map((key): Cell => (image[key] === undefined ? NONE : [{ code: image[key] }])),
                ]),
              },
            ],
          },
        ];
  return {
    id: "errors",
    title: w.errors,
    blocks: [...galleries(pictures, evaluation.confusion, t), ...mapWords(pictures, t), ...list],
  };
}

const mapWords = (pictures: Pictures | null, t: Words): Block[] =>
  pictures?.errors.some(({ map }) => map !== undefined)
    ? [{ kind: "paragraph", text: t.models.mapKinds[pictures.mapKind] + t.models.mapColours }]
    : [];

function probabilities(evaluation: Evaluation, t: Words): Section {
  const curve = { title: t.evaluation.images, split: evaluation, color: 0, dash: 0 };
  return {
    id: "probabilities",
    title: t.evaluation.probabilities,
    folded: t.models.quality(evaluation.brier.toFixed(4), evaluation.ece.toFixed(4)),
    blocks: [
      {
        kind: "figures",
        figures: [
          histogram("scores", evaluation, t, evaluation.threshold),
          calibration("calibration", evaluation, undefined, 0, t),
          precisionRecall("precision-recall", [curve], t),
        ],
      },
    ],
  };
}

const NAMES_SHOWN = 40;

function images({ about, evaluation: { unusual = [] } }: EvaluationResults, t: Words): Section {
  const w = t.evaluation;
  const lists: [number, (n: number) => string, Text[]][] = [
    [about.unreadable.length, w.unreadable, about.unreadable.map(({ file, reason }) => [{ code: file }, `: ${reason}`])],
    [about.withoutImage?.length ?? 0, w.withoutImage, (about.withoutImage ?? []).map((file) => [{ code: file }])],
    [about.unlabelled?.length ?? 0, w.unlabelled, (about.unlabelled ?? []).map((file) => [{ code: file }])],
    [unusual.length, w.unusual, unusual.map(({ file, unusualScore }) => [{ code: file }, ` ${unusualScore.toFixed(2)}`])],
    [about.notes.length, w.notes, about.notes.map((note) => [{ code: note }])],
  ];
  return {
    id: "images",
    title: w.images,
    folded: [{ code: about.data }],
    blocks: [
      {
        kind: "facts",
        facts: [
          [t.data.folder, [{ code: about.data }]],
          ...(about.labels === null ? [] : [[w.labels, [{ code: about.labels }]] as [string, Text]]),
          [t.data.split, about.split],
          [t.data.manifest, [{ code: about.manifestSha256 }]],
        ],
      },
      ...lists.flatMap(([n, say, items]): Block[] =>
        n === 0
          ? []
          : [
              {
                kind: "details",
                title: say(n),
                blocks: [
                  { kind: "list", items: items.slice(0, NAMES_SHOWN) },
                  ...(n > NAMES_SHOWN ? [{ kind: "paragraph" as const, text: t.page.someItems(NAMES_SHOWN, n) }] : []),
                ],
              },
            ],
      ),
    ],
  };
}

function method({ about }: EvaluationResults, t: Words): Section {
  const w = t.evaluation;
  return {
    id: "method",
    title: t.method.title,
    folded: [{ code: about.checkpoint }, `, pulmo ${about.pulmo}`],
    blocks: [
      { kind: "paragraph", text: w.method },
      {
        kind: "facts",
        facts: [
          [w.model, [{ code: about.checkpoint }]],
          [w.modelSha, [{ code: about.sha256 }]],
          ...(about.packaged ? [[t.models.card, [t.models.packaged, { code: MODEL_CARD }]] as [string, Text]] : []),
          ["pulmo", about.pulmo],
          [w.files, [{ code: "predictions.csv" }, ", ", { code: "metrics.json" }]],
        ],
      },
    ],
  };
}
