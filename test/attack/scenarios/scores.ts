// Results of two processes that do not belong together.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { createRng } from "#pulmo/core/rng.js";
import { writeHeader } from "#pulmo/core/safetensors.js";
import { parseLabels, readLabelled } from "#pulmo/data/labels.js";
import { hashOfFile } from "#pulmo/node/files.js";
import { imagesToScore } from "#pulmo/run/scoring/images-to-score.js";
import { csvOutput } from "#pulmo/run/scoring/predict-output.js";
import { gatherShards } from "#pulmo/run/scoring/shards.js";
import { call } from "../../commands/in-process.js";
import { patterned } from "../../data/patterned.js";
import { temporaryFolder } from "../../data/places.js";
import type { Scenario } from "../scenarios.js";

const PIXELS = 224 * 224 * 3;

/** A logistic regression with random weights. */
function writeModel(path: string, seed: number, metadata: Record<string, string> = {}): string {
  const rng = createRng(seed);
  const weights = Float32Array.from({ length: 2 * PIXELS }, () => (rng.uniform() - 0.5) / 100);
  const shapes = { "1.weight": [2, PIXELS], "1.bias": [2] };
  const header = writeHeader(new Map(Object.entries(shapes).map(([name, shape]) => [name, { dtype: "F32", shape }])), {
    ...{ model: "logistic", size: "224", ...metadata },
  });
  writeFileSync(path, Buffer.concat([header, Buffer.from(weights.buffer), Buffer.alloc(8)]));
  return path;
}

/** A/1.png, B/1.png and so on: the last parts of the names are equal. All have one modification time. */
async function writeImages(folder: string, count: number): Promise<string[]> {
  const paths: string[] = [];
  for (const [i, ward] of ["A", "B"].entries()) {
    mkdirSync(join(folder, ward), { recursive: true });
    for (let n = 1; n <= count; n++) {
      const path = join(folder, ward, `${n}.png`);
      await patterned(30 + 7 * i + n, 40, 1)
        .png()
        .toFile(path);
      utimesSync(path, 1e9, 1e9);
      paths.push(path);
    }
  }
  return paths;
}

const reasonOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "no error",
    (error) => error.message,
  );

async function done(args: string[]): Promise<string> {
  const { code, stderr } = await call(args);
  assert.is(code, 0, stderr);
  return stderr;
}

async function refused(args: string[], why: RegExp, out: string): Promise<void> {
  const { code, stderr } = await call(args);
  assert.is(code, 2, stderr);
  assert.match(stderr, why);
  assert.not.ok(existsSync(out), "a refused result is not written");
}

/** Scores shard `i` of 2 of the images in `folder`. */
function scorer(place: string, folder: string) {
  return async (name: string, shard: number, checkpoint: string, more: string[] = []): Promise<string> => {
    const csv = join(place, `${name}.csv`);
    const scoring = ["predict", "--checkpoint", checkpoint, "--quiet", "--threads", "1"];
    await done([...scoring, folder, "--csv", csv, "--shard", `${shard}/2`, ...more]);
    return csv;
  };
}

const STATED = { mean: "0,0,0", std: "1,1,1" };

export const scenarios: Scenario[] = [
  {
    name: "shards of another model, threshold, version, mode or rounding are not merged",
    slow: true,
    async run() {
      const place = temporaryFolder();
      const folder = join(place, "images");
      await writeImages(folder, 2);
      const score = scorer(place, folder);
      const model = writeModel(join(place, "a.safetensors"), 1, STATED);
      const first = await score("first", 1, model);
      const out = join(place, "all.csv");
      const refuse = (other: string, why: RegExp) => refused(["gather", first, other, "--out", out], why, out);
      await refuse(await score("model", 2, writeModel(join(place, "b.safetensors"), 2, STATED)), /with different models \(SHA/);
      const scaled = writeModel(join(place, "c.safetensors"), 1, { ...STATED, std: "0.5,0.5,0.5" });
      await refuse(await score("scaled", 2, scaled), /with different models \(SHA/);
      await refuse(await score("threshold", 2, model, ["--threshold", "0.3"]), /with different thresholds \(0\.5 and 0\.3\)/);
      await refuse(await score("mode", 2, model, ["--any-body-part"]), /different settings of --any-body-part/);
      await refuse(await score("tags", 2, model, ["--dicom-tags"]), /have different columns/);
      await refuse(await score("portable", 2, model, ["--portable"]), /kernels that round differently \(\w+ and portable\)/);
      const second = await score("second", 2, model);
      const facts = JSON.parse(readFileSync(`${second}.shard.json`, "utf8"));
      const older = { ...facts, scoring: { ...facts.scoring, pulmo: "0.0.1" } };
      copyFileSync(second, join(place, "older.csv"));
      writeFileSync(join(place, "older.csv.shard.json"), JSON.stringify(older));
      await refuse(join(place, "older.csv"), /different versions of pulmo \(.* and 0\.0\.1\)/);
      // The model's file was replaced under its name, and back.
      copyFileSync(join(place, "b.safetensors"), model);
      await refuse(await score("replaced", 2, model), /with different models \(SHA/);
      await done(["gather", first, second, "--out", out]);
    },
  },
  {
    name: "shards between which an image was replaced or touched are not merged",
    async run() {
      const place = temporaryFolder();
      const folder = join(place, "images");
      const [one, two] = await writeImages(folder, 2);
      const score = scorer(place, folder);
      const model = writeModel(join(place, "a.safetensors"), 1, STATED);
      copyFileSync(one, join(place, "one.png"));
      // Bytes behind the end of an image are ignored.
      writeFileSync(two, Buffer.concat([readFileSync(two), Buffer.of(0)]));
      utimesSync(two, 1e9, 1e9);
      const first = await score("first", 1, model);
      const out = join(place, "all.csv");
      utimesSync(one, 1e9 + 5, 1e9 + 5);
      const why = /other sizes, modification times or contents in .*second\.csv than in .*first\.csv/;
      await refused(["gather", first, await score("second", 2, model), "--out", out], why, out);
      copyFileSync(two, one);
      utimesSync(one, 1e9, 1e9);
      await refused(["gather", first, await score("second", 2, model), "--out", out], why, out);
      // Another image of the same size and time.
      const bytes = readFileSync(two);
      bytes[bytes.length - 1] ^= 1;
      writeFileSync(two, bytes);
      utimesSync(two, 1e9, 1e9);
      copyFileSync(join(place, "one.png"), one);
      utimesSync(one, 1e9, 1e9);
      await refused(["gather", first, await score("second", 2, model), "--out", out], why, out);
    },
  },
  {
    name: "files of a shard that another process replaces meanwhile are refused",
    async run() {
      const place = temporaryFolder();
      const folder = join(place, "images");
      const [image] = await writeImages(folder, 2);
      const score = scorer(place, folder);
      const model = writeModel(join(place, "a.safetensors"), 1, STATED);
      const [first, second] = [await score("first", 1, model), await score("second", 2, model)];
      const other = await score("other", 2, writeModel(join(place, "b.safetensors"), 2, STATED));

      const own = await csvOutput(join(place, "own.csv"), { maps: false, dicomTags: false });
      own.write({ file: image, error: "unreadable" });
      await own.finish();
      const written = await hashOfFile(join(place, "own.csv"));
      copyFileSync(other, join(place, "own.csv"));
      assert.is(own.sha256(), written, "the hash is of the bytes that this process wrote");

      const out = join(place, "all.csv");
      const replaced = gatherShards([first, second], out, { onFacts: async () => copyFileSync(other, second) });
      assert.match(await reasonOf(replaced), /second\.csv was changed after predict --shard wrote it/);
      assert.not.ok(existsSync(out));

      const images = await imagesToScore([image], { index: 0, of: 1 });
      await images.checkUnchanged();
      utimesSync(image, 1e9 + 5, 1e9 + 5);
      assert.match(await reasonOf(images.checkUnchanged()), /changed while this shard was scored/);
    },
  },
  {
    name: "a label is for one image, and an image has one label",
    async run() {
      const place = temporaryFolder();
      const folder = join(place, "images");
      await writeImages(folder, 3);
      const score = scorer(place, folder);
      const model = writeModel(join(place, "a.safetensors"), 1, STATED);
      const shards = [await score("first", 1, model), await score("second", 2, model)];
      const out = join(place, "all.csv");
      const labels = (...lines: string[]): string[] => {
        const path = join(place, "labels.csv");
        writeFileSync(path, `file,label\n${lines.join("\n")}\n`);
        return ["gather", ...shards, "--out", out, "--labels", path];
      };
      const numbers = [1, 2, 3];
      await refused(
        labels(...numbers.map((n) => `${n}.png,${n % 2}`)),
        /record 1: "1\.png" names several of the scored images, .*A\/1\.png and .*B\/1\.png/,
        out,
      );
      await refused(labels("A/1.png,0", "1.png,0", "B/2.png,1"), /"1\.png" names several of the scored images/, out);
      await refused(
        labels("A/1.png,0", `${folder.slice(-6)}/A/1.png,1`),
        /the records "images\/A\/1\.png" and "A\/1\.png" both name the image .*A\/1\.png/,
        out,
      );
      for (const other of ["./A/1.png", "A\\1.png", "A//1.png", "A/./1.png", ".//A/1.png"]) {
        await refused(
          labels(`${other},0`, "A/1.png,1", "B/2.png,1"),
          /has another label, split, patient, hospital, device or group in record 1/,
          out,
        );
      }
      await refused(labels("elsewhere/1.png,0"), /matches none of the scored images/, out);
      const six = numbers.flatMap((n) => [`A/${n}.png,0`, `.\\B\\${n}.png,1`]);
      assert.match(await done(labels(...six)), /6 of them have a label and a score/);
    },
  },
  {
    name: "labels are read in pieces, so that the process answers signals meanwhile",
    slow: true,
    async run() {
      let turns = 0;
      const counting = setInterval(() => turns++, 0);
      const lines = Array.from({ length: 100_000 }, (_, i) => `scans/ward${i % 50}/${i}.png,${i % 2}`);
      const { records } = await parseLabels(`file,label\n${lines.join("\n")}\n`, "labels.csv");
      clearInterval(counting);
      assert.is(records.length, lines.length);
      // 2 MB in pieces of 256 KiB.
      assert.ok(turns >= 5, `${turns} turns`);
    },
  },
  {
    name: "two files whose names differ in Unicode form alone are two images",
    async run() {
      const place = temporaryFolder();
      const names = ["\u00e9.png", "e\u0301.png"];
      for (const name of names) writeFileSync(join(place, name), "");
      // macOS takes them for one.
      if (readdirSync(place).length < 2) return;
      writeFileSync(join(place, "labels.csv"), `file,label\n${names[0]},0\n${names[1]},1\n`);
      const { images } = await readLabelled(place, join(place, "labels.csv"));
      assert.equal(
        images.test.map(({ file, label }) => [file, label]),
        [
          [names[0], 0],
          [names[1], 1],
        ],
      );
    },
  },
];
