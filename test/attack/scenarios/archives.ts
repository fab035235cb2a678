import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { zipSync } from "fflate";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { loadModel } from "#pulmo/lib/node.js";
import { readStream } from "#pulmo/node/files.js";
import { findImageFiles } from "#pulmo/run/scoring/image-files.js";
import { imagesToScore } from "#pulmo/run/scoring/images-to-score.js";
import { patterned } from "../../data/patterned.js";
import { temporaryFolder } from "../../data/places.js";
import type { Scenario } from "../scenarios.js";

const OUTSIDE = ["../out.png", "a/../../out.png", "/tmp/pulmo-attack-out.png", "..\\out.png", "C:\\out.png"];

/** With `PULMO_CACHE` set for the time of `work`. */
async function withCache<T>(cache: string, work: () => Promise<T>): Promise<T> {
  const before = process.env.PULMO_CACHE;
  process.env.PULMO_CACHE = cache;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env.PULMO_CACHE;
    else process.env.PULMO_CACHE = before;
  }
}

export const scenarios: Scenario[] = [
  {
    name: "an archive with names outside its folder is refused, and leaves nothing",
    async run() {
      const png = await patterned(40, 30, 1).png().toBuffer();
      for (const name of OUTSIDE) {
        const folder = temporaryFolder();
        const archive = join(folder, "a.zip");
        // The good entry comes first: it is unpacked before the bad one is seen.
        writeFileSync(archive, zipSync({ "good.png": png, [name]: png }));
        const error = await withCache(join(folder, "cache"), () => imagesToScore([archive])).catch((refusal) => refusal);
        assert.instance(error, InputError, name);
        assert.equal(readdirSync(folder).sort(), ["a.zip", "cache"], name);
        assert.equal(readdirSync(join(folder, "cache"), { recursive: true }), [], name);
        assert.not.ok(existsSync("/tmp/pulmo-attack-out.png"));
      }
    },
  },
  {
    name: "a pipe in place of an archive or a model is refused at once",
    async run() {
      const folder = temporaryFolder();
      for (const name of ["a.zip", "a.pulmo"]) execFileSync("mkfifo", [join(folder, name)]);
      const zip = await withCache(join(folder, "cache"), () => imagesToScore([join(folder, "a.zip")])).catch((error) => error);
      const model = await loadModel(join(folder, "a.pulmo")).catch((error) => error);
      for (const error of [zip, model]) {
        assert.instance(error, InputError);
        assert.match(error.message, /it is not a regular file/);
      }
    },
  },
  {
    name: "a list from a pipe is awaited, with a note, and read to its end",
    async run() {
      const pipe = join(temporaryFolder(), "list");
      execFileSync("mkfifo", [pipe]);
      const notes: string[] = [];
      const bytes = readStream(pipe);
      const found = findImageFiles([], { name: "list", bytes }, (line) => notes.push(line)).catch((error) => error);
      while (notes.length === 0) await setTimeout(50);
      assert.match(notes[0], /^list: waiting until something is written to it/);
      await writeFile(pipe, "a.png\nb.png\n");
      assert.match((await found).message, /list names no file that exists; the first is "a\.png"/);
    },
  },
];
