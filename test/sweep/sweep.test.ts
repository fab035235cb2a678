// A sweep on this machine: what a spec may say, what a task's name follows from, interruption, and what gathering notices.
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { mean } from "d3-array";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { chooseFold } from "#pulmo/data/validation.js";
import { holm } from "#pulmo/eval/holm.js";
import { parsePredictionsCsv } from "#pulmo/eval/predictions.js";
import { rocAucScore } from "#pulmo/eval/roc.js";
import type { SweepManifest } from "#pulmo/sweep/manifest.js";
import { readSpec } from "#pulmo/sweep/spec.js";
import { assertRefused, dataset, pulmo } from "../commands/cli.js";
import { temporaryFolder } from "../data/places.js";

const test = suite("sweep");

const root = await dataset({ train: 6, val: 2, test: 4 });
const folder = temporaryFolder();

function spec(text: string): string {
  const path = join(temporaryFolder(), "spec.yaml");
  writeFileSync(path, text);
  return path;
}

const manifestOf = (dir: string): SweepManifest => JSON.parse(readFileSync(join(dir, "sweep.json"), "utf8"));
async function planned(text: string): Promise<{ dir: string; manifest: SweepManifest }> {
  const dir = join(temporaryFolder(), "sweep");
  const { code, stderr } = await pulmo(["sweep", "plan", spec(text), "--out", dir]);
  assert.is(code, 0, stderr);
  return { dir, manifest: manifestOf(dir) };
}

const SMALL = `data: ${root}
models: [logistic]
lr: [0.001, 0.01]
epochs: 2
seeds: [0, 1]
folds: 2
`;

test("values, lists and ranges; every combination with every seed on every fold", async () => {
  const text =
    "models: [logistic, dnn]\nlr: { from: 0.0001, to: 0.01, count: 3, scale: log }\nepochs: { from: 1, to: 3, count: 3 }\nbatch-size: 8\n";
  const { options, seeds, folds, data } = await readSpec(spec(`${text}data: xrays\n`));
  assert.equal(options, [
    ["models", ["logistic", "dnn"]],
    ["lr", [0.0001, 0.001, 0.01]],
    ["epochs", [1, 2, 3]],
    ["batch-size", [8]],
  ]);
  assert.equal([seeds, folds], [[0], undefined]);
  assert.match(data!, /^\/.*\/xrays$/);
  assert.equal(await readSpec(spec(JSON.stringify({ lr: 0.5, seeds: [3] }))), {
    ...{ data: undefined, classes: undefined, options: [["lr", [0.5]]], seeds: [3], folds: undefined },
  });
});

test("a spec that cannot be is refused in a sentence", async () => {
  for (const [text, why] of [
    ["lr: 20", /"lr/],
    ["lr: { from: 1, to: 2 }", /"lr/],
    ["epochs: { from: 1, to: 2, count: 4 }", /"epochs/],
    ["models: [vgg]", /"models/],
    ["valSplit: 0.1", /"valSplit" is no setting of a sweep: use data, classes, seeds, folds, .*val-split/],
    ["- a", /no settings/],
    ["lr: [1", /spec\.yaml: /],
    ["a: &a [1]\nb: [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a]", /spec\.yaml/],
    ["folds: 2\nval-split: 0.1", /exclude each other/],
    ["seeds: []", /"seeds"/],
    ["lr: [0.1]", /names no models/],
  ] as const) {
    const [path, out] = [spec(`${text}\n`), join(temporaryFolder(), "x")];
    await assertRefused(["sweep", "plan", path, "--out", out], why);
    assert.not.ok(existsSync(out));
  }
  await assertRefused(["sweep", "plan", "nowhere.yaml", "--out", "x"], /nowhere\.yaml cannot be read/);
  const taken = spec("models: [logistic]\n");
  await assertRefused(
    ["sweep", "plan", taken, "--out", taken],
    /--out .* is not usable: a part of the path is no folder \(ENOTDIR\)/,
  );
  await assertRefused(["sweep", "work", folder, "--task", "0"], /sweep\.json cannot be read/);
});

test("folds are disjoint, cover everything, and keep a patient together", () => {
  const images = Array.from({ length: 97 }, (_, i) => ({
    ...{ file: `${i}.png`, split: "train" as const, label: (i % 3 ? 1 : 0) as 0 | 1, bytes: 1 },
    patient: `p${i % 3}-${i % 23}`,
  }));
  const marks = [0, 1, 2, 3].map((index) => chooseFold(images, index, 4));
  images.forEach((image, i) => {
    assert.is(marks.filter((mark) => mark[i]).length, 1, image.file);
    const own = marks.findIndex((mark) => mark[i]);
    images.forEach((other, j) => other.patient === image.patient && assert.ok(marks[own][j], `${image.file}, ${other.file}`));
  });
  const sizes = marks.map((mark) => mark.filter(Boolean).length);
  assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 10, String(sizes));
});

test("Holm's correction", () => {
  // statsmodels.stats.multitest.multipletests([.01, .04, .03, .005], method="holm")
  const found = holm([0.01, 0.04, 0.03, 0.005]);
  [0.03, 0.06, 0.06, 0.02].forEach((wanted, i) => assert.ok(Math.abs(found[i] - wanted) < 1e-15));
  assert.equal(holm([]), []);
});

test("a name follows from what decides the numbers: not from where the images lie", async () => {
  const { manifest } = await planned(SMALL);
  assert.is(manifest.tasks.length, 8);
  assert.equal(manifest.varied, ["lr"]);
  const names = (one: SweepManifest) => one.tasks.map(({ name }) => name);
  assert.is(new Set(names(manifest)).size, 8);
  const moved = join(temporaryFolder(), "elsewhere");
  renameSync(root, moved);
  const other = await planned(SMALL.replace(root, moved));
  renameSync(moved, root);
  assert.equal(names(other.manifest), names(manifest));
  const changed = await planned(SMALL.replace("epochs: 2", "epochs: 3"));
  assert.is(new Set([...names(manifest), ...names(changed.manifest)]).size, 16);
});

test("an interrupted task goes on to the same bits; one that is done is left alone; gathering checks and compares", async () => {
  const { dir, manifest } = await planned(SMALL.replace("epochs: 2", "epochs: 150"));
  const twin = await planned(SMALL.replace("epochs: 2", "epochs: 150"));
  let sent = false;
  const stopped = await pulmo(["sweep", "work", dir, "--task", "0"], {
    onStderr(text, child) {
      if (!sent && text.includes("epoch 5/150")) sent = child.kill("SIGTERM");
    },
  });
  assert.is(stopped.code, 130, stopped.stderr);
  assert.match(
    (await pulmo(["sweep", "status", dir])).stdout,
    /^8 tasks: 0 done, 0 running, 1 interrupted, 7 waiting\n {2}task 0 \(\w+\): interrupted in epoch \d+ of 150\n/,
  );
  await assertRefused(["sweep", "gather", dir], /8 of 8 tasks cannot be gathered: task 0 \(\w+\) is not done/);
  const ran = await pulmo(["sweep", "run", dir, "--quiet"]);
  assert.is(ran.code, 0, ran.stderr);
  for (const i of [0, 7])
    assert.is((await pulmo(["sweep", "work", twin.dir, "--quiet"], { env: { JOB_COMPLETION_INDEX: String(i) } })).code, 0);
  const bytes = (where: string, i: number, file: string) =>
    readFileSync(join(where, "tasks", manifest.tasks[i].name, "logistic", file));
  for (const i of [0, 7])
    for (const file of ["model.safetensors", "predictions-val.csv", "predictions-test.csv"])
      assert.ok(bytes(dir, i, file).equals(bytes(twin.dir, i, file)), `${i}: ${file}`);
  assert.match((await pulmo(["sweep", "work", dir, "--task", "0"])).stdout, /was done already/);
  assert.match((await pulmo(["sweep", "status", dir])).stdout, /^8 tasks: 8 done/);
  const packed = (await pulmo(["sweep", "work", dir, "--task", "2", "--pack", "3"])).stdout;
  assert.equal(
    packed.split("\n").map((line) => line.split(" ")[1]),
    ["6", "7", undefined],
  );

  const rows: Record<string, string>[] = parse(readFileSync(join(dir, "sweep.csv")), { columns: true });
  assert.equal(rows.map(({ lr, trainings }) => [lr, trainings]).sort(), [
    ["0.001", "4"],
    ["0.01", "4"],
  ]);
  // The means and the scores together, anew from the tasks' predictions.
  for (const row of rows) {
    const own = manifest.tasks.flatMap(({ values }, i) => (String(values.lr) === row.lr ? [i] : []));
    const predictions = (split: string) =>
      own.map((i) => parsePredictionsCsv(bytes(dir, i, `predictions-${split}.csv`).toString()));
    const aucs = (split: string) =>
      predictions(split).map(
        (all) =>
          rocAucScore(
            all.map((p) => p.label),
            all.map((p) => p.logit),
          )!,
      );
    assert.ok(Math.abs(Number(row.test_auc) - mean(aucs("test"))!) < 1e-12);
    assert.ok(Math.abs(Number(row.val_auc) - mean(aucs("val"))!) < 1e-12);
    const test = predictions("test");
    const together = test[0].map((_, k) => mean(test, (all) => all[k].logit)!);
    assert.is(
      Number(row.together_auc),
      rocAucScore(
        test[0].map((p) => p.label),
        together,
      ),
    );
  }
  assert.is(rows[0].p, "");
  assert.ok(Number(rows[1].p_holm) >= 0);
  const page = readFileSync(join(dir, "sweep.html"), "utf8");
  assert.match(page, /2 settings, each with 2 seeds and 2 folds, split by patient/);
  assert.match(page, /<svg/);

  const { name } = manifest.tasks[5];
  appendFileSync(join(dir, "tasks", name, "logistic/predictions-test.csv"), "x\n");
  await assertRefused(
    ["sweep", "gather", dir],
    new RegExp(
      `1 of 8 tasks cannot be gathered: task 5 \\(${name}\\) has a logistic/predictions-test\\.csv that was changed since`,
    ),
  );
  const partial = await pulmo(["sweep", "gather", dir, "--partial", "--lang", "ko"]);
  assert.is(partial.code, 0, partial.stderr);
  assert.match(partial.stderr, /Left out: task 5/);
});

test("other images, another program or other bits are refused", async () => {
  const own = await dataset({ train: 3, val: 1, test: 2 });
  const { dir, manifest } = await planned(`data: ${own}\nmodels: [logistic]\nepochs: 1\n`);
  const changed = (facts: Partial<SweepManifest>) =>
    writeFileSync(join(dir, "sweep.json"), JSON.stringify({ ...manifest, ...facts }));
  changed({ manifestSha256: "0".repeat(64) });
  await assertRefused(["sweep", "work", dir, "--task", "0"], /not those that the sweep was planned with/);
  changed({ pulmo: "0.0.1" });
  await assertRefused(["sweep", "work", dir, "--task", "0"], /planned with pulmo 0\.0\.1/);
  changed({ bits: "fused" });
  await assertRefused(["sweep", "work", dir, "--task", "0"], /The simd kernels round differently/, {
    env: { PULMO_WASM: "simd" },
  });
  changed({});
  await assertRefused(["sweep", "work", dir, "--task", "1"], /has 1 tasks: the last one is 0/);
  await assertRefused(["sweep", "work", dir], /The task's number is missing: give --task, or set SLURM_ARRAY_TASK_ID/);
});

test.run();
