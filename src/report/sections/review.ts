import type { Interval, ModelResults } from "../../results/metrics.js";
import type { ClassReview, ReviewFigures, ReviewResults } from "../../results/review-results.js";
import { type Block, type Cell, left, NONE, right, type Section } from "../blocks.js";
import { percent, percentRange } from "../format.js";
import type { ReportInput } from "../input.js";
import { modelTitle } from "../model-title.js";
import type { Words } from "../text/index.js";

type Rate = ReviewResults["rates"][number];
type Reviewed = [title: string, review: ReviewResults];

const LABELS = [
  ["NORMAL", 0],
  ["PNEUMONIA", 1],
] as const;

/** Decisions with a chosen error rate, and whether the rate holds on the test images. */
export function review({ results: { models }, t }: ReportInput): Section[] {
  const found = Object.entries(models).flatMap(([name, { review }]: [string, ModelResults]): Reviewed[] =>
    review ? [[modelTitle(name, t), review]] : [],
  );
  if (found.length === 0) return [];
  const blocks: Block[] = [{ kind: "paragraph", text: t.review.intro }, ...found.flatMap((one) => modelBlocks(one, t))];
  const kept = found.map(([title, { rates }]) => `${title}: ${overall(rates, t)}`);
  return [{ id: "review", title: t.review.title, folded: t.glance.kept(kept), blocks }];
}

function modelBlocks([title, { validation, rates }]: Reviewed, t: Words): Block[] {
  const { NORMAL, PNEUMONIA } = validation;
  const columns = [left(t.review.rate), left(t.review.class)];
  const numbers = [t.review.valReview, t.review.valWrong, t.review.testReview, t.review.testWrong, t.review.testWrongOfDecided];
  return [
    {
      kind: "group",
      title,
      blocks: [
        { kind: "paragraph", text: t.review.basis(NORMAL, PNEUMONIA) },
        ...verdict(rates, t),
        {
          kind: "table",
          stack: true,
          caption: t.review.caption(title),
          columns: [...columns, ...numbers.map(right), left(t.review.kept)],
          rows: rates.flatMap((rate) => rowsOf(rate, t)),
        },
      ],
    },
  ];
}

function rowsOf({ errorRate, needed, val, test }: Rate, t: Words): Cell[][] {
  const rate = percent(errorRate, 0);
  if (!val || !test) return [[rate, { text: "–", note: t.review.needs(needed), muted: true }, ...Array<Cell>(6).fill(NONE)]];
  return LABELS.map(([key, label]) => {
    const [a, b] = [val[key], test[key]];
    return [
      rate,
      t.classes[label],
      share(a.review, a.n, a.intervals.review),
      share(a.wrong, a.n - a.review, a.intervals.wrongOfDecided),
      share(b.review, b.n, b.intervals.review),
      share(b.wrong, b.n, b.intervals.wrong),
      share(b.wrong, b.n - b.review, b.intervals.wrongOfDecided),
      t.review.verdicts[keeping(b, errorRate)],
    ];
  });
}

const share = (k: number, n: number, interval: Interval | null): Cell =>
  n === 0 || !interval ? NONE : { text: percent(k / n), note: percentRange(interval) };

/** "no": the interval of the share of wrong decisions is above the error rate. "unclear": only the share is. */
function keeping({ n, wrong, intervals }: ClassReview, errorRate: number): "yes" | "unclear" | "no" {
  if (n === 0 || wrong / n <= errorRate) return "yes";
  return intervals.wrong && intervals.wrong[0] > errorRate ? "no" : "unclear";
}

/** The worst verdict of all rates and classes. */
function overall(rates: Rate[], t: Words): string {
  const found = rates.flatMap(({ errorRate, test }) => (test ? LABELS.map(([key]) => keeping(test[key], errorRate)) : []));
  const worst = (["no", "unclear", "yes"] as const).find((verdict) => found.includes(verdict));
  return worst ? t.review.verdicts[worst] : t.glance.untested;
}

/** Whether the error rates hold on the test images: one sentence, highlighted if they do not. */
function verdict(rates: Rate[], t: Words): Block[] {
  const tested = rates.flatMap(({ errorRate, test }) => (test ? [{ errorRate, test }] : []));
  if (tested.length === 0) return [{ kind: "notice", text: t.review.noRate }];
  const where = (wanted: "unclear" | "no") => tested.flatMap(({ errorRate, test }) => places(test, errorRate, wanted, t));
  const [broken, unclear] = [where("no"), where("unclear")];
  if (broken.length > 0) return [{ kind: "notice", text: t.review.broken(broken) }];
  return [{ kind: "paragraph", text: unclear.length > 0 ? t.review.unclear(unclear) : t.review.holds }];
}

const places = (test: ReviewFigures, errorRate: number, wanted: "unclear" | "no", t: Words): string[] =>
  LABELS.filter(([key]) => keeping(test[key], errorRate) === wanted).map(([key, label]) =>
    t.review.place(percent(errorRate, 0), t.classes[label], percent(test[key].wrong / test[key].n)),
  );
