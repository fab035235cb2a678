import { SPLITS } from "../../data/types.js";
import type { DatasetFacts, RunSettings } from "../../results/metrics.js";
import { type Block, type Cell, left, NONE, right, type Section, type Text } from "../blocks.js";
import { dataProblems } from "../data-problems.js";
import { count, percent } from "../format.js";
import type { ReportInput } from "../input.js";
import { classDistribution } from "../plots/class-distribution.js";
import type { Words } from "../text/index.js";
import { fileSize } from "./sensitivity.js";

const NOTES_SHOWN = 40;
const UNREADABLE_SHOWN = 20;
const DUPLICATES_SHOWN = 40;
const UNUSUAL_SHOWN = 40;

export function data({ results: { dataset, settings, models }, t }: ReportInput): Section[] {
  const blocks: Block[] = [
    { kind: "facts", facts: facts(dataset, settings, t) },
    counts(dataset, t),
    { kind: "figures", figures: [classDistribution(dataset, t)] },
    ...patients(dataset, t),
    ...duplicates(dataset, t),
    ...unusual(dataset, t),
    ...(Object.values(models).some(({ stress }) => stress) ? [] : fileSize(dataset, t)),
  ];
  if (dataset.notes.length > 0) {
    blocks.push({
      kind: "group",
      title: t.data.notes,
      blocks: [
        { kind: "list", items: dataset.notes.slice(0, NOTES_SHOWN).map((note) => [{ code: note }]) },
        ...(dataset.notes.length > NOTES_SHOWN
          ? [{ kind: "paragraph" as const, text: t.page.someItems(NOTES_SHOWN, dataset.notes.length) }]
          : []),
      ],
    });
  }
  if (dataset.unreadable.length > 0) blocks.push(unreadable(dataset, t));
  const { train, val, test } = dataset.counts;
  const images = [train, val, test].reduce((n, { NORMAL, PNEUMONIA }) => n + NORMAL + PNEUMONIA, 0);
  const folded = [t.glance.data(images), ...dataProblems(dataset, t)].join(" ");
  return [{ id: "data", title: t.data.title, folded, blocks }];
}

function facts(dataset: DatasetFacts, { valSplit }: RunSettings, t: Words): [string, Text][] {
  const {
    imageSizes: sizes,
    limit,
    counts: { train },
    subtypes,
  } = dataset;
  const d = t.data;
  const imbalance =
    train.NORMAL > 0 ? [[d.imbalance, d.perNormal((train.PNEUMONIA / train.NORMAL).toFixed(2))] as [string, Text]] : [];
  const originals: [string, Text][] = sizes ? [[d.originals, d.sizes(sizes.width, sizes.height)]] : [];
  const kinds: [string, Text][] =
    subtypes && subtypes.train.bacteria + subtypes.train.virus > 0
      ? [[d.subtypes, SPLITS.map((split) => d.subtypesOf(t.splits[split], subtypes[split])).join("; ")]]
      : [];
  return [
    [d.folder, [{ code: dataset.root }]],
    [d.origin, dataset.synthetic ? d.synthetic : dataset.sample ? d.sample : d.fromFiles],
    ...originals,
    [d.imageSize, d.resized(dataset.imageSize)],
    [d.limit, limit === null ? d.noLimit : d.limited(limit)],
    ...(dataset.own ? [] : [[d.published, dataset.matchesPublished ? d.sameCounts : d.otherCounts] satisfies [string, Text]]),
    [d.validation, valSplit == null ? d.ownValidation : d.validationFromTrain(percent(valSplit, 0))],
    ...imbalance,
    ...kinds,
    [d.unreadable, count(dataset.unreadable.length)],
    [d.manifest, [{ code: dataset.manifestSha256 }]],
  ];
}

function counts({ counts, published, synthetic, sample, own }: DatasetFacts, t: Words): Block {
  const alone = synthetic || sample || own;
  const sizeOf = (n: { NORMAL: number; PNEUMONIA: number }) => n.NORMAL + n.PNEUMONIA;
  const beside = (ours: number, theirs: number): Cell =>
    alone || ours === theirs ? count(ours) : { text: count(ours), note: t.data.publishedCount(count(theirs)) };
  return {
    kind: "table",
    stack: true,
    caption: alone ? t.data.countsCaption : t.data.countsBesideCaption,
    columns: [left(t.data.split), ...t.classes.map((name) => right(name)), right(t.data.total), right(t.data.share)],
    rows: SPLITS.map((split) => {
      const n = counts[split];
      const theirs = published[split];
      const total = sizeOf(n);
      return [
        t.splits[split],
        beside(n.NORMAL, theirs.NORMAL),
        beside(n.PNEUMONIA, theirs.PNEUMONIA),
        beside(total, sizeOf(theirs)),
        total === 0 ? NONE : percent(n.PNEUMONIA / total),
      ];
    }),
  };
}

function patients({ patients: found }: DatasetFacts, t: Words): Block[] {
  if (found === undefined) return [];
  if (found === null)
    return [{ kind: "group", title: t.data.patients, blocks: [{ kind: "paragraph", text: t.data.noPatients }] }];
  const numbers = SPLITS.map((split) => `${t.splits[split]} ${count(found.counts[split])}`).join(", ");
  const blocks: Block[] = [{ kind: "paragraph", text: t.data.patientNumbers(numbers) }];
  const shared = found.shared.filter(({ patients: n }) => n > 0);
  if (shared.length > 0) {
    blocks.push({
      kind: "table",
      caption: t.data.sharedCaption,
      columns: [left(t.data.splits), right(t.data.patients), right(t.data.images)],
      rows: shared.map(({ splits: [a, b], patients: n, images }) => [`${t.splits[a]} – ${t.splits[b]}`, count(n), count(images)]),
    });
  }
  return [{ kind: "group", title: t.data.patients, blocks }];
}

function duplicates({ duplicates: groups }: DatasetFacts, t: Words): Block[] {
  if (groups === undefined) return [];
  const blocks: Block[] = [
    {
      kind: "paragraph",
      text: groups.length === 0 ? t.data.noDuplicates : t.data.duplicateGroups(groups.length, across(groups)),
    },
  ];
  if (groups.length > 0) {
    blocks.push({
      kind: "details",
      title: t.data.showDuplicates(Math.min(groups.length, DUPLICATES_SHOWN)),
      blocks: [
        {
          kind: "list",
          items: groups
            .slice(0, DUPLICATES_SHOWN)
            .map((files) => files.flatMap((file, i) => [...(i === 0 ? [] : [" = "]), { code: file }])),
        },
      ],
    });
  }
  return [{ kind: "group", title: t.data.duplicates, blocks }];
}

function unusual({ unusual: found, counts: all }: DatasetFacts, t: Words): Block[] {
  if (found === undefined) return [];
  const numbers = (["val", "test"] as const).map((split) =>
    t.data.unusualIn(t.splits[split], found[split].length, all[split].NORMAL + all[split].PNEUMONIA),
  );
  const images = [...found.val, ...found.test].sort((a, b) => b.unusualScore - a.unusualScore).slice(0, UNUSUAL_SHOWN);
  const blocks: Block[] = [{ kind: "paragraph", text: `${t.data.unusualMeaning} ${numbers.join("; ")}.` }];
  if (images.length > 0) {
    blocks.push({
      kind: "details",
      title: t.data.showUnusual(images.length),
      blocks: [{ kind: "list", items: images.map(({ file, unusualScore }) => [{ code: file }, ` ${unusualScore.toFixed(2)}`]) }],
    });
  }
  return [{ kind: "group", title: t.data.unusual, blocks }];
}

/** The number of groups with files in more than one split. */
function across(groups: string[][]): number {
  return groups.filter((files) => new Set(files.map((file) => file.split("/")[0])).size > 1).length;
}

function unreadable({ unreadable }: DatasetFacts, t: Words): Block {
  return {
    kind: "table",
    caption:
      unreadable.length > UNREADABLE_SHOWN ? t.data.firstUnreadable(UNREADABLE_SHOWN, unreadable.length) : t.data.allUnreadable,
    columns: [left(t.data.file), left(t.data.reason)],
    rows: unreadable.slice(0, UNREADABLE_SHOWN).map(({ file, reason }) => [[{ code: file }], [{ code: reason }]]),
  };
}
