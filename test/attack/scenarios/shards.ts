// Shards that somebody has written by hand.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { gatherShards } from "#pulmo/run/scoring/shards.js";
import { temporaryFolder } from "../../data/places.js";
import type { Scenario } from "../scenarios.js";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Refused with a sentence, and nothing is written. */
async function refused(
  csv: string,
  facts: object,
  why: RegExp,
  write = (path: string) => writeFileSync(path, csv),
): Promise<void> {
  const folder = temporaryFolder();
  const path = join(folder, "part.csv");
  write(path);
  const all = {
    schema: 2,
    index: 0,
    of: 1,
    images: 1,
    listSha256: "",
    statsSha256: "",
    scoring: null,
    sha256: sha256(csv),
    ...facts,
  };
  writeFileSync(`${path}.shard.json`, JSON.stringify(all));
  const error = await gatherShards([path], join(folder, "all.csv")).catch((refusal) => refusal);
  assert.instance(error, InputError, String(error));
  assert.match(error.message, why);
  assert.not.ok(existsSync(join(folder, "all.csv")));
}

const HEADER = "file,label,p_pneumonia,logit,error,unusual,unusual_score\n";

export const scenarios: Scenario[] = [
  {
    name: "a shard whose lines are damaged is refused in a sentence",
    async run() {
      await refused(`${HEADER}a.png,NORMAL,0.1,-2\n`, {}, /part\.csv, line \d, is damaged: score this shard again/);
      await refused(`${HEADER}"a.png,NORMAL,0.1,-2,,,\n`, {}, /is damaged/);
      await refused(`${HEADER}${"a".repeat(2 ** 21)},,,,,,\n`, {}, /is damaged/);
      await refused(HEADER, {}, /is incomplete/);
    },
  },
  {
    name: "a shard of a thousand billion, and one of a number that it does not have",
    async run() {
      await refused(HEADER, { of: 1e12 }, /999999999999 of 1000000000000 shards are missing: 2\/1000000000000/);
      await refused(HEADER, { of: 1e300 }, /is not valid/);
      await refused(HEADER, { index: 5, of: 3 }, /is not valid/);
    },
  },
  {
    name: "a pipe in place of a shard is refused at once",
    run: () => refused("", {}, /not a regular file/, (path) => execFileSync("mkfifo", [path])),
  },
];
