// Unusual images on the real dataset: few of the test images are flagged, and other kinds of images are told apart.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createRng } from "#pulmo/core/rng.js";
import { unusualScore } from "#pulmo/core/unusual.js";
import { openPixels } from "#pulmo/data/cache.js";
import { readManifest } from "#pulmo/data/manifest.js";
import type { PixelRows } from "#pulmo/data/types.js";
import { rocAucScore } from "#pulmo/eval/roc.js";
import { decodeImage } from "#pulmo/node/decode.js";
import { makeResizer } from "#pulmo/node/resizer.js";
import { fitUnusual } from "#pulmo/train/unusual.js";
import { realData, temporaryFolder, withoutData } from "../data/places.js";
import { beforeAll } from "../hooks.js";
import { PYTHON, unless, withoutPython } from "../skip.js";

const test = suite("unusual images");

const EDGE = 224;
const withoutReal = withoutData("chest_xray");
const rng = createRng(8, 0);

let usual: number[];
let images: Uint8Array[];
let score: (pixels: Uint8Array) => number;
beforeAll(test, async () => {
  if (withoutReal) return;
  const read = async (rows: PixelRows) => {
    const all: Uint8Array[] = [];
    for (let i = 0; i < rows.images.length; i++) {
      all.push(new Uint8Array(rows.rowBytes));
      await rows.read(i, all[i]);
    }
    return all;
  };
  const manifest = await readManifest(realData("chest_xray"), { limit: 200 });
  const { splits, close } = await openPixels(manifest, { size: EDGE, threads: 2, cacheDir: temporaryFolder() });
  const statistics = (await fitUnusual(splits.train, EDGE))!;
  images = await read(splits.test);
  await close();
  score = (pixels) => unusualScore(pixels, EDGE, statistics);
  usual = images.map(score);
});

const auc = (others: Uint8Array[]) => {
  const scores = others.map(score);
  return rocAucScore([...usual.map(() => 0), ...scores.map(() => 1)], [...usual, ...scores])!;
};

/** The pixel at (x, y) of the new image is the one at `from(x, y)` of the old one; undefined: black. */
function moved(pixels: Uint8Array, from: (x: number, y: number) => [number, number] | undefined): Uint8Array {
  const out = new Uint8Array(pixels.length);
  for (let p = 0; p < EDGE * EDGE; p++) {
    const [x, y] = from(p % EDGE, Math.floor(p / EDGE)) ?? [];
    if (x !== undefined) out.set(pixels.subarray(3 * (y! * EDGE + x), 3 * (y! * EDGE + x) + 3), 3 * p);
  }
  return out;
}

unless(withoutReal, test)("at most 1 % of the test images are flagged", () => {
  const flagged = usual.filter((value) => value > 1).length;
  assert.ok(flagged <= 0.01 * usual.length, `${flagged} of ${usual.length}`);
});

const LAST = EDGE - 1;
const change: Record<string, (pixels: Uint8Array) => Uint8Array> = {
  "turned by 90 degrees": (pixels) => moved(pixels, (x, y) => [y, LAST - x]),
  "turned by 270 degrees": (pixels) => moved(pixels, (x, y) => [LAST - y, x]),
  "turned by 180 degrees": (pixels) => moved(pixels, (x, y) => [LAST - x, LAST - y]),
  inverted: (pixels) => pixels.map((value) => 255 - value),
  "cropped to a corner": (pixels) => {
    const part = 0.35 + 0.2 * rng.uniform();
    const [left, top] = [rng.below(2) * (1 - part) * LAST, rng.below(2) * (1 - part) * LAST];
    return moved(pixels, (x, y) => [Math.round(left + part * x), Math.round(top + part * y)]);
  },
  "heavily collimated": (pixels) => {
    const edge = Math.round((0.2 + 0.15 * rng.uniform()) * EDGE);
    const inside = (value: number) => value >= edge && value < EDGE - edge;
    return moved(pixels, (x, y) => (inside(x) && inside(y) ? [x, y] : undefined));
  },
};
for (const [what, changed] of Object.entries(change)) {
  unless(withoutReal, test)(`X-rays ${what}: AUROC of at least 0.99`, () => {
    const area = auc(images.filter((_, i) => i % 6 === 0).map(changed));
    assert.ok(area >= 0.99, String(area));
  });
}

unless(withoutReal, test)("noise and blank films: AUROC of at least 0.99", () => {
  const filled = (value: () => number) => Uint8Array.from({ length: 3 * EDGE * EDGE }, value);
  const noise = Array.from({ length: 20 }, () => filled(() => rng.below(256)));
  const blank = [0, 20, 60, 128, 200, 255].map((grey) => filled(() => grey));
  const dusty = [5, 60, 128, 200, 250].map((grey) => filled(() => Math.max(0, Math.min(255, grey + 3 * rng.normal()))));
  for (const [name, others] of Object.entries({ noise, blank, dusty })) assert.ok(auc(others) >= 0.99, name);
});

/** Photographs of scikit-learn and pieces of them, pages of text, drawings, and the files of pydicom that are images but no X-rays of the chest. */
const SCRIPT = `
import sys, numpy as np
from PIL import Image, ImageDraw
out = sys.argv[1]
rng = np.random.default_rng(0)
from sklearn.datasets import load_sample_images
for i, pixels in enumerate(load_sample_images().images):
    for k in range(12):
        h, w = pixels.shape[:2]
        s = rng.uniform(.3, 1); x, y = int(rng.uniform(0, 1 - s) * w), int(rng.uniform(0, 1 - s) * h)
        Image.fromarray(pixels[y:y + int(s * h), x:x + int(s * w)]).save(f"{out}/photographs/{i}-{k}.png")
for k in range(20):
    page = Image.new("L", (1000, 1300), 255); draw = ImageDraw.Draw(page)
    for y in range(60, 1240, int(rng.integers(12, 40))): draw.text((60, y), "".join(rng.choice(list("abcdefgh ijk"), 120)), fill=0)
    page.save(f"{out}/text/{k}.png")
    sketch = Image.new("L", (500, 500), int(rng.integers(150, 256))); draw = ImageDraw.Draw(sketch)
    for j in range(int(rng.integers(3, 15))):
        x, y = rng.integers(0, 250, 2); w, h = rng.integers(20, 250, 2)
        draw.ellipse((x, y, x + w, y + h), outline=0, fill=int(rng.integers(0, 256)) if k % 2 else None, width=3)
    sketch.save(f"{out}/drawings/{k}.png")
from pydicom import dcmread
from pydicom.data import get_testdata_files
for i, path in enumerate(get_testdata_files("*.dcm")):
    try: pixels = dcmread(path).pixel_array
    except Exception: continue
    while pixels.ndim > 2: pixels = pixels[0]
    if min(pixels.shape) < 16: continue
    pixels = pixels.astype(float); low, high = pixels.min(), pixels.max()
    Image.fromarray(((pixels - low) / max(high - low, 1e-9) * 255).astype(np.uint8)).save(f"{out}/dicom/{i}.png")
`;
const withoutTools = withoutReal ?? withoutPython("sklearn, pydicom, PIL", "python3-sklearn and python3-pydicom");
unless(withoutTools, test)("photographs, text, drawings and pydicom's own files: AUROC of at least 0.99", async () => {
  const folder = temporaryFolder();
  const kinds = ["photographs", "text", "drawings", "dicom"];
  for (const kind of kinds) mkdirSync(join(folder, kind));
  const { status, stderr } = spawnSync(PYTHON, ["-c", SCRIPT, folder], { encoding: "utf8" });
  assert.is(status, 0, stderr);
  const resize = makeResizer(EDGE);
  for (const kind of kinds) {
    const names = readdirSync(join(folder, kind));
    assert.ok(names.length >= 15, `${names.length} ${kind}`);
    const area = auc(await Promise.all(names.map(async (name) => resize(await decodeImage(join(folder, kind, name))))));
    assert.ok(area >= 0.99, `${kind}: ${area}`);
  }
});

test.run();
