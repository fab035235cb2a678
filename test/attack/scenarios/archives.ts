import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
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
];
