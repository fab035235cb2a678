// Stress tests of a model: each curve has the model's scores for images with that change only.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { findModel } from "#pulmo/core/models/index.js";
import type { PixelRows } from "#pulmo/data/types.js";
import { createViews, seenThrough, type View } from "#pulmo/data/views.js";
import { scoreOf } from "#pulmo/eval/log-odds.js";
import type { PredictionRow } from "#pulmo/eval/predictions.js";
import { stressFigures } from "#pulmo/eval/stress-figures.js";
import { chooseVariant } from "#pulmo/node/variant.js";
import { STRESS_KINDS, type StressKind, type StressResults } from "#pulmo/results/stress-results.js";
import { SILENT } from "#pulmo/run/caller.js";
import { readStress, stressImages, writeStress } from "#pulmo/run/scoring/stress-tests.js";
import { evaluate } from "#pulmo/train/evaluate.js";
import { createNetwork, type Network } from "#pulmo/train/network.js";
import { filesBelow } from "../../commands/cli.js";
import { temporaryFolder } from "../../data/places.js";
import { beforeAll } from "../../hooks.js";
import { hash } from "../../reference/formula.js";

const test = suite("stress tests");
const SIDE = 32;
/** There are more NORMAL images than the limit, and fewer PNEUMONIA images. */
const [NORMAL, PNEUMONIA] = [200, 9];

const rows: PixelRows = {
  images: Array.from({ length: NORMAL + PNEUMONIA }, (_, i) => ({
    file: i < NORMAL ? `test/NORMAL/IM-${1000 + i}-0001.jpeg` : `test/PNEUMONIA/${i}.jpeg`,
    label: i < NORMAL ? 0 : 1,
    split: "test",
    bytes: 0,
  })),
  rowBytes: SIDE * SIDE * 3,
  // Smooth images of several brightnesses: every change affects the log-odds of some image.
  read: async (row, into) =>
    into.forEach((_, i) => (into[i] = 60 + (hash(row, 0) >>> 25) + 30 * Math.sin(i / (40 + row)) + (hash(row, i) >>> 28))),
};

async function withNetwork<T>(threads: number, use: (network: Network) => Promise<T>): Promise<T> {
  const network = createNetwork(findModel("logistic")!, {
    batchSize: 0,
    imageSize: SIDE,
    threads,
    variant: chooseVariant(),
    seed: 1,
    lr: 0,
  });
  try {
    return await use(network);
  } finally {
    await network.pool.close();
  }
}

interface Outcome {
  out: string;
  results: StressResults;
  said: string[];
}

function stressed(threads: number): Promise<Outcome> {
  return withNetwork(threads, async (network) => {
    const out = temporaryFolder();
    const said: string[] = [];
    const caller = { ...SILENT, info: (line: string) => void said.push(line) };
    const logOdds = await evaluate(network, rows);
    const predictions = rows.images.map(({ file, label }, i): PredictionRow => ({ file, label, ...scoreOf(logOdds[i]) }));
    await writeStress({ out, network, rows, predictions, most: 96, caller });
    return { out, results: (await readStress(out, ["logistic"])).logistic!, said };
  });
}

let one: Outcome;
beforeAll(test, async () => void (one = await stressed(1)));

test("one file, one line, every kind; at most 96 images of a class", () => {
  assert.equal(filesBelow(one.out), ["logistic/stress.json"]);
  assert.is(one.said.length, 1);
  assert.match(one.said[0], /^\[Logistic\] 105 test images scored in 7 stress tests in \d+\.\d s$/);
  assert.equal(one.results.images, { NORMAL: 96, PNEUMONIA: 9 });
  assert.equal(Object.keys(one.results.curves), [...STRESS_KINDS]);
  for (const { untouched, points } of Object.values(one.results.curves))
    assert.is(points.filter(({ level }) => level === untouched).length, 1);
});

/** Evenly spaced rows: floor(i 200 / 96). */
const chosen = [
  ...Array.from({ length: 96 }, (_, i) => Math.floor((i * NORMAL) / 96)),
  ...Array.from({ length: PNEUMONIA }, (_, i) => NORMAL + i),
];

test("a curve's points are the metrics of the chosen images in the view of that level", async () => {
  const views = createViews(SIDE);
  const expected: [StressKind, number, View][] = [
    ["blur", 0, (pixels) => pixels],
    ["blur", 4, views.blurred(4)],
    ["downsampling", 56, views.rescaled(56)],
    ["noise", 20, views.noisy(20)],
    ["brightness", 0.5, views.brightened(0.5)],
    ["brightness", 1, (pixels) => pixels],
    ["contrast", 1.5, views.contrasted(1.5)],
    ["crop", 0.2, views.cropped(0.2)],
    ["cover", 0.75, views.covered(0.75)],
  ];
  const seen = new Set<string>();
  await withNetwork(2, async (network) => {
    for (const [kind, level, view] of expected) {
      const logOdds = await evaluate(network, seenThrough(rows, view));
      seen.add(logOdds.join());
      const figures = stressFigures(
        chosen.map((row) => rows.images[row].label),
        chosen.map((row) => logOdds[row]),
      );
      const point = one.results.curves[kind]!.points.find((p) => p.level === level);
      assert.equal(point, { level, ...figures }, `${kind} ${level}`);
    }
  });
  assert.is(seen.size, expected.length - 1, "two of them change nothing, the others each something else");
});

test("false positives are counted among all NORMAL images", () => {
  const { blocks, sharpness } = one.results.falseAlarms;
  assert.is(blocks.length, 7, "200 / 30");
  assert.equal([blocks[0].from, blocks.at(-1)!.to], [1000, 1199]);
  for (const counts of [blocks, sharpness.quarters])
    assert.is(
      counts.reduce((sum, { n }) => sum + n, 0),
      NORMAL,
    );
  assert.is(sharpness.sigma, 1);
  const total = (counts: { alarms: number }[]) => counts.reduce((sum, { alarms }) => sum + alarms, 0);
  assert.is(total(blocks), total(sharpness.quarters));
});

test("two threads and a repetition give the same bytes", async () => {
  const [again, two] = [await stressed(1), await stressed(2)];
  const text = ({ out }: Outcome) => readFileSync(join(out, "logistic/stress.json"), "utf8");
  assert.is(text(again), text(one));
  assert.is(text(two), text(one));
});

test("the number of images follows from the training, not from the clock", () => {
  const of = (epochs: number, trainImages: number) => stressImages({ most: 96, epochs, trainImages });
  // The paper's 52,160 uses of an image: all that the recipe allows. A training step costs three forward passes, a changed copy two.
  assert.is(of(10, 5216), 96);
  // --limit 200: 3 * 10 * 400 / 5 / 2 = 1200 copies, of 23 kinds and two classes.
  assert.is(of(10, 400), 26);
  assert.is(of(1, 4), 4);
  assert.is(stressImages({ most: 2, epochs: 1, trainImages: 4 }), 2);
});

test("no file gives no results; a damaged file is refused with the location of the fault", async () => {
  const path = join(one.out, "logistic/stress.json");
  const text = readFileSync(path, "utf8");
  assert.equal(await readStress(one.out, ["dnn"]), { dnn: undefined });
  const changed = (change: (results: any) => void) => {
    const results = JSON.parse(text);
    change(results);
    return JSON.stringify(results);
  };
  for (const [damaged, place] of [
    ["", /it is not JSON/],
    [text.slice(0, -9), /it is not JSON/],
    [changed((r) => delete r.images), /images/],
    [changed((r) => (r.curves.melted = r.curves.blur)), /curves/],
    [changed((r) => (r.curves.blur.points[1].auc.interval = [0])), /interval/],
    [changed((r) => (r.falseAlarms.blocks[0].alarms = -1)), /alarms/],
    [changed((r) => (r.falseAlarms.sharpness.quarters = {})), /quarters/],
  ] as const) {
    writeFileSync(path, damaged);
    const error = await readStress(one.out, ["logistic"]).then(
      () => undefined,
      (e: unknown) => e,
    );
    assert.instance(error, InputError, damaged.slice(0, 40));
    assert.match(
      (error as Error).message,
      /stress\.json is not valid \(.*\): remove it to continue without these stress tests\.$/,
    );
    assert.match((error as Error).message, place);
  }
});

test.run();
