import { min } from "d3-array";
import type { DatasetFacts } from "../../results/metrics.js";
import { type AlarmCount, STRESS_KINDS, type StressPoint, type StressResults } from "../../results/stress-results.js";
import { type Block, type Cell, left, NONE, right, type Section, type Text } from "../blocks.js";
import { auc, percent } from "../format.js";
import type { ReportInput } from "../input.js";
import { modelTitle } from "../model-title.js";
import { type Stressed, stressPlot } from "../plots/stress-curves.js";
import type { Words } from "../text/index.js";

/** How results depend on properties that are not a disease: changes of the image, the machine, the size of the file. */
export function sensitivity({ results: { models, dataset }, t }: ReportInput): Section[] {
  const stressed = Object.entries(models).flatMap(([name, { stress }], color) =>
    stress ? [{ title: modelTitle(name, t), stress, color }] : [],
  );
  if (stressed.length === 0) return [];
  const blocks = [...stressBlocks(stressed, "leaning", t), ...fileSize(dataset, t)];
  const drops = stressed.flatMap((one) => strongestDrop(one, t));
  const folded = drops.length > 0 ? t.glance.strongest(drops) : "";
  return [{ id: "leaning", title: t.sensitivity.title, folded, blocks }];
}

/** By AUC, in words. */
function strongestDrop({ title, stress: { curves } }: Stressed, t: Words): string[] {
  const all = STRESS_KINDS.flatMap((kind) => {
    const { untouched = 0, points = [] } = curves[kind] ?? {};
    return points.flatMap(({ level, auc: area }) =>
      area ? [{ kind, level, area: area.value, whole: level === untouched }] : [],
    );
  });
  const whole = all.find((point) => point.whole);
  const worst = min(all, (point) => point.area);
  const point = all.find(({ area }) => area === worst);
  if (!whole || !point || point.area >= whole.area) return [];
  const change = t.sensitivity.kinds[point.kind].at(t.sensitivity.level(point.kind, point.level));
  return [t.glance.worst(title, auc(whole.area), auc(point.area), change)];
}

/** Curves and tables of at least one series. `name`: prefix of the file names of the plots. */
export function stressBlocks(series: Stressed[], name: string, t: Words): Block[] {
  const kinds = STRESS_KINDS.filter((kind) => series.some(({ stress }) => stress.curves[kind]));
  const { NORMAL, PNEUMONIA } = series[0].stress.images;
  return [
    { kind: "paragraph", text: t.sensitivity.stress(NORMAL, PNEUMONIA) },
    strongest(series, t),
    { kind: "figures", figures: kinds.map((kind) => stressPlot(kind, series, `${name}-${kind}`, t)) },
    ...falsePositives(series, t),
  ];
}

/** A table with one column per series and one row per label that occurs in any of them. */
function sideBySide(
  [caption, head]: [caption: string, head: string],
  series: Stressed[],
  cellsOf: (stress: StressResults) => [label: string, cell: Cell][],
  rowHead: (label: string) => Text = (label) => label,
): Block {
  const columns = series.map(({ stress }) => new Map(cellsOf(stress)));
  const labels = [...new Set(columns.flatMap((cells) => [...cells.keys()]))];
  return {
    kind: "table",
    stack: true,
    caption,
    columns: [left(head), ...series.map(({ title }) => right(title))],
    rows: labels.map((label) => [rowHead(label), ...columns.map((cells) => cells.get(label) ?? NONE)]),
  };
}

/** Results on unchanged images, then at the ends of each curve. */
function strongest(series: Stressed[], t: Words): Block {
  const s = t.sensitivity;
  return sideBySide([s.strongestCaption, s.images], series, ({ curves }) =>
    STRESS_KINDS.flatMap((kind) => {
      const { untouched = 0, points = [] } = curves[kind] ?? {};
      const ends = points.filter(({ level }, i) => level !== untouched && (i === 0 || i === points.length - 1));
      return [
        ...points.filter(({ level }) => level === untouched).map((point): [string, Cell] => [s.untouched, figures(point)]),
        ...ends.map((point): [string, Cell] => [s.kinds[kind].at(s.level(kind, point.level)), figures(point)]),
      ];
    }),
  );
}

function figures({ auc: area, recall, specificity }: StressPoint): Cell {
  const shares = [recall, specificity].map((share) => (share ? percent(share.value) : "–"));
  return { text: auc(area?.value ?? null), note: shares.join(" / ") };
}

function falsePositives(series: Stressed[], t: Words): Block[] {
  const s = t.sensitivity;
  const [{ stress: first }] = series;
  const cell = ({ n, alarms }: AlarmCount): Cell =>
    n === 0 ? NONE : { text: percent(alarms / n), note: t.models.foundOf(alarms, n) };
  const number = (n: number) => String(n).padStart(4, "0");
  const blocks = sideBySide(
    [s.blocksCaption, s.block],
    series,
    ({ falseAlarms }) => falseAlarms.blocks.map((b) => [`${b.series}${number(b.from)}–${number(b.to)}`, cell(b)]),
    (label) => [{ code: label }],
  );
  const quarters = sideBySide([s.sharpnessCaption, s.sharpness], series, ({ falseAlarms }) =>
    falseAlarms.sharpness.quarters.map((q) => [`${q.from.toFixed(2)}–${q.to.toFixed(2)}`, cell(q)]),
  );
  const named = series.some(({ stress }) => stress.falseAlarms.blocks.length > 0);
  return [
    {
      kind: "group",
      title: s.falsePositives,
      blocks: [
        { kind: "paragraph", text: named ? s.blocks : s.noBlocks },
        ...(named ? [blocks] : []),
        { kind: "paragraph", text: s.sharpnessIs(String(first.falseAlarms.sharpness.sigma)) },
        quarters,
      ],
    },
  ];
}

/** In the section of the data where no model has stress tests. */
export function fileSize({ fileSize: areas }: DatasetFacts, t: Words): Block[] {
  if (!areas) return [];
  const text = t.sensitivity.fileSize(auc(areas.train), auc(areas.test));
  return [{ kind: "group", title: t.sensitivity.fileSizeTitle, blocks: [{ kind: "paragraph", text }] }];
}
