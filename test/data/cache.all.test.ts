// The pixel cache of the whole published dataset.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openPixels } from "#pulmo/data/cache.js";
import { readManifest } from "#pulmo/data/manifest.js";
import { SPLITS } from "#pulmo/data/types.js";
import { timed } from "../quick.js";
import { unless } from "../skip.js";
import { realData, temporaryFolder, withoutData } from "./places.js";

const test = suite("the cache of all published images");

const MOST_MILLISECONDS = 1000;

unless(withoutData("chest_xray"), test)("a second open of 5,856 images takes under a second", async () => {
  const cacheDir = temporaryFolder();
  const open = async () => {
    const cache = await openPixels(await readManifest(realData("chest_xray")), { size: 8, threads: 2, cacheDir });
    await cache.close();
    return cache;
  };
  assert.is((await open()).hit, false);
  const { outcome, milliseconds } = await timed(open, MOST_MILLISECONDS);
  if (outcome instanceof Error) throw outcome;
  assert.ok(milliseconds < MOST_MILLISECONDS, `${milliseconds} ms`);
  assert.is(outcome.hit, true);
  assert.is(
    SPLITS.reduce((sum, split) => sum + outcome.splits[split].images.length, 0),
    5856,
  );
});

test.run();
