import { classificationReport } from "../../eval/classification-report.js";
import type { EpochResults, ModelResults, SplitMetrics, Subtype } from "../../results/metrics.js";
import type { Picture, Pictures } from "../../results/picture-list.js";
import { type Block, type Cell, type Figure, type GalleryItem, left, NONE, right, type Section, type Text } from "../blocks.js";
import { auc, count, percent } from "../format.js";
import type { ReportInput } from "../input.js";
import { modelTitle } from "../model-title.js";
import { byEpoch } from "../plots/by-epoch.js";
import { calibration } from "../plots/calibration.js";
import { confusion } from "../plots/confusion.js";
import { histogram } from "../plots/histogram.js";
import { learning } from "../plots/learning.js";
import { precisionRecall } from "../plots/precision-recall.js";
import { roc } from "../plots/roc.js";
import type { Words } from "../text/index.js";

/** In the package of pulmo. */
export const MODEL_CARD = "docs/model-card.md";

/** One section per model. */
export function models({ results, pictures, packagedSha256, t }: ReportInput): Section[] {
  return Object.entries(results.models).map(([name, model], color) => ({
    id: `model-${name}`,
    title: modelTitle(name, t),
    folded: brief(model, t),
    blocks: [
      facts(name, model, packagedSha256, t),
      { kind: "figures", figures: plots(name, model, color, t) },
      ...subtypes(model, t),
      {
        kind: "listings",
        listings: [
          { label: t.models.report("test"), text: classificationReport(model.test, 2, t.classes) },
          { label: t.models.report("val"), text: classificationReport(model.val, 2, t.classes) },
        ],
      },
      ...galleries(pictures[name], model.test.confusion, t),
    ],
  }));
}

function brief({ test, trainSeconds }: ModelResults, t: Words): Text {
  const { accuracy, auc: area, perClass } = test;
  const [recall, specificity] = [perClass.PNEUMONIA.recall, perClass.NORMAL.recall];
  return t.glance.model(percent(accuracy), auc(area), percent(recall), percent(specificity), t.seconds(trainSeconds));
}

function facts(name: string, model: ModelResults, packagedSha256: string | undefined, t: Words): Block {
  const { params, init, trainSeconds, epochs, test, val, temperature, sha256 } = model;
  const last = epochs.at(-1);
  const m = t.models;
  const quality = ({ brier, ece }: ModelResults["test"]) => m.quality(brier!.toFixed(4), ece!.toFixed(4));
  return {
    kind: "facts",
    facts: [
      [t.columns.parameters, count(params)],
      [m.startedFrom, init === "scratch" ? m.scratch : [{ code: init }]],
      [m.training, m.epochsIn(epochs.length, t.seconds(trainSeconds))],
      [m.lastEpoch, last === undefined ? m.noEpoch : m.lossAndAccuracy(last.loss.toFixed(4), percent(last.accuracy, 2))],
      [m.splits.test, m.accuracyAndAuc(percent(test.accuracy, 2), auc(test.auc), test.n)],
      [m.splits.val, m.accuracyAndAuc(percent(val.accuracy, 2), auc(val.auc), val.n)],
      ...(test.brier === undefined || test.ece === undefined ? [] : [[m.probabilities, quality(test)] as [string, Text]]),
      ...(temperature === undefined ? [] : [[m.temperature, m.dividedBy(temperature.toFixed(3))] as [string, Text]]),
      ...(sha256 && sha256.model === packagedSha256 ? [[m.card, [m.packaged, { code: MODEL_CARD }]] as [string, Text]] : []),
      [m.everyScore, [{ code: `${name}/predictions-test.csv` }]],
    ],
  };
}

function plots(name: string, { test, val, epochs, uncalibrated }: ModelResults, color: number, t: Words): Figure[] {
  const p = t.plots;
  const both = [
    { title: t.splits.test, split: test, color, dash: 0 },
    { title: t.splits.val, split: val, color, dash: 1 },
  ];
  return [
    confusion(`confusion-${name}-test`, p.confusion("test"), test, t),
    confusion(`confusion-${name}-val`, p.confusion("val"), val, t),
    roc(`roc-${name}`, p.roc, both, t),
    ...(test.precisionRecall ? [precisionRecall(`precision-recall-${name}`, both, t)] : []),
    ...(test.calibration ? [calibration(`calibration-${name}`, test, uncalibrated?.test, color, t)] : []),
    ...(test.histogram ? [histogram(`scores-${name}`, test, t)] : []),
    learning(
      {
        name: `loss-${name}`,
        title: p.loss,
        color,
        unit: "plain",
        values: epochs.map(({ loss }) => loss),
        say: (loss) => loss.toFixed(4),
      },
      t,
    ),
    learning(
      {
        name: `accuracy-${name}`,
        title: p.trainAccuracy,
        color,
        unit: "percent",
        values: epochs.map(({ accuracy }) => accuracy),
        say: (share) => percent(share),
      },
      t,
    ),
    ...epochCurves(name, epochs, t),
  ];
}

/** Only for trainings of more than one epoch. */
function epochCurves(name: string, epochs: EpochResults[], t: Words): Figure[] {
  return (["val", "valRescaled", "test"] as const).flatMap((images) => {
    const figures = epochs.flatMap(({ [images]: found }) => found ?? []);
    if (epochs.length < 2 || figures.length < epochs.length) return [];
    return [
      {
        ...byEpoch(`epochs-${images.toLowerCase()}-${name}`, t.plots.byEpoch[images], figures, t),
        caption: t.plots.byEpochCaption[images],
      },
    ];
  });
}

const SUBTYPES: Subtype[] = ["bacteria", "virus", "unknown"];

function subtypes({ test, val }: ModelResults, t: Words): Block[] {
  const found = SUBTYPES.filter((subtype) => test.bySubtype?.[subtype] || val.bySubtype?.[subtype]);
  if (found.length === 0) return [];
  const recall = (entry: { n: number; found: number } | undefined): Cell =>
    entry === undefined || entry.n === 0
      ? NONE
      : { text: percent(entry.found / entry.n), note: t.models.foundOf(entry.found, entry.n) };
  return [
    {
      kind: "table",
      caption: t.models.subtypesCaption,
      columns: [left(t.models.subtype), right(t.models.splits.test), right(t.models.splits.val)],
      rows: found.map((subtype) => [t.subtypes[subtype], recall(test.bySubtype?.[subtype]), recall(val.bySubtype?.[subtype])]),
    },
  ];
}

/** Errors and explanation maps. */
export function galleries(pictures: Pictures | null | undefined, [[, fp], [fn]]: SplitMetrics["confusion"], t: Words): Block[] {
  if (!pictures) return [];
  const { errors, maps, mapKind, mapColours } = pictures;
  const probability = ({ pPneumonia }: Picture) => t.models.probability(pPneumonia.toFixed(4));
  const error = (picture: Picture): GalleryItem => ({
    images: [
      { path: picture.image, alt: t.models.xray },
      ...(picture.map === undefined ? [] : [{ path: picture.map, alt: t.models.map }]),
    ],
    caption: [{ code: picture.file }, ` ${probability(picture)}`],
  });
  const ofKind = (title: (shown: number, all: number) => string, label: 0 | 1, all: number): Block[] => {
    const items = errors.filter((picture) => picture.label === label).map(error);
    return items.length === 0 ? [] : [{ kind: "group", title: title(items.length, all), blocks: [{ kind: "gallery", items }] }];
  };
  const mapped: Block[] =
    maps.length === 0
      ? []
      : [
          {
            kind: "group",
            title: t.models.maps,
            blocks: [
              { kind: "paragraph", text: t.models.mapKinds[mapKind] + (mapColours ? t.models.mapColours : "") },
              {
                kind: "gallery",
                items: maps.map((picture) => ({
                  images: [
                    { path: picture.image, alt: t.models.xray },
                    { path: picture.map, alt: t.models.map },
                  ],
                  caption: [{ code: picture.file }, ` ${t.models.labelled(t.classes[picture.label])}, ${probability(picture)}`],
                })),
              },
            ],
          },
        ];
  return [...ofKind(t.models.falseNegatives, 1, fn), ...ofKind(t.models.falsePositives, 0, fp), ...mapped];
}
