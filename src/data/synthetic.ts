import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createRng, type Rng } from "../core/rng.js";
import { SYNTHETIC_MARKER } from "./manifest.js";
import { CLASSES, type Label, SPLITS, type Split } from "./types.js";

export interface SyntheticOptions {
  /** Images per class. */
  perClass: Record<Split, number>;
  seed: number;
  /** Edge length in pixels (default: 256). */
  size?: number;
}

export const SYNTHETIC_PER_CLASS: Readonly<Record<Split, number>> = { train: 100, val: 8, test: 30 };

const MARKER_TEXT = `These images are drawn by a program (pulmo, src/data/synthetic.ts). They show no person and no disease:
they exist to try the software without the real dataset, and results on them say nothing about medicine.
`;

/** Writes an X-ray-like dataset to `dir`, in the layout of Kaggle. The same options give the same pixels. */
export async function makeSyntheticDataset(dir: string, options: SyntheticOptions): Promise<void> {
  const { perClass, seed, size = 256 } = options;
  const { default: sharp } = await import("sharp");
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, SYNTHETIC_MARKER), MARKER_TEXT);
  let stream = 0;
  for (const split of SPLITS) {
    for (const label of [0, 1] as const) {
      const folder = join(dir, split, CLASSES[label]);
      await mkdir(folder, { recursive: true });
      const streams = Array.from({ length: perClass[split] }, () => stream++);
      await Promise.all(
        streams.map(async (s, i) => {
          const pixels = drawChest(label, size, createRng(seed, s));
          const name = `synthetic-${String(i).padStart(4, "0")}.jpeg`;
          const raw = { width: size, height: size, channels: 1 } as const;
          // sharp's own writing is limited to 260 characters of a path on Windows.
          await writeFile(join(folder, name), await sharp(pixels, { raw }).jpeg({ quality: 90 }).toBuffer());
        }),
      );
    }
  }
}

/** An ellipse; x and y are from -1 to 1. `soft` is the width of its edge as a share of the radius. */
interface Ellipse {
  x: number;
  y: number;
  rx: number;
  ry: number;
  tilt: number;
  soft: number;
  /** Brightness added at the centre; lungs are dark, ribs and opacities are bright. */
  gain: number;
}

/**
 * Brightness in [0, 1] at (x, y): soft tissue, minus two lungs, plus spine, heart, ribs, and for PNEUMONIA some opacities inside
 * the lungs, all faded by exposure and grain. Everything but the opacities is drawn alike for both classes.
 */
function drawChest(label: Label, size: number, rng: Rng): Uint8Array {
  const vary = (mean: number, deviation: number) => mean + deviation * rng.normal();
  const [shiftX, shiftY, zoom] = [vary(0, 0.04), vary(0, 0.04), Math.max(0.8, vary(1, 0.05))];
  const darkness = vary(-0.42, 0.05);
  const lungs: Ellipse[] = [-1, 1].map((side) => ({
    x: side * vary(0.42, 0.03),
    y: vary(0, 0.03),
    rx: vary(0.34, 0.025),
    ry: vary(0.72, 0.04),
    tilt: side * vary(0.12, 0.04),
    soft: 0.25,
    gain: darkness,
  }));
  const spine: Ellipse = { x: 0, y: 0, rx: vary(0.1, 0.01), ry: 2, tilt: 0, soft: 0.9, gain: vary(0.2, 0.04) };
  const heart: Ellipse = {
    x: vary(0.15, 0.04),
    y: vary(0.3, 0.05),
    rx: vary(0.28, 0.04),
    ry: vary(0.3, 0.04),
    tilt: -0.4,
    soft: 0.6,
    gain: vary(0.28, 0.04),
  };
  const opacities = label === 1 ? drawOpacities(lungs, rng) : [];
  const ribs = { gain: Math.max(0.02, vary(0.07, 0.02)), period: vary(0.2, 0.015), phase: rng.uniform() };
  const [exposure, contrast, grain] = [vary(0, 0.05), Math.max(0.6, vary(1, 0.1)), 0.02 + 0.02 * rng.uniform()];

  const [leftLung, rightLung] = lungs.map(coverOf);
  const [coverSpine, coverHeart, coverOpacities] = [coverOf(spine), coverOf(heart), opacities.map(coverOf)];
  const pixels = new Uint8Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const x = ((2 * column + 1) / size - 1 - shiftX) / zoom;
      const y = ((2 * row + 1) / size - 1 - shiftY) / zoom;
      let light = 0.62 - 0.3 * Math.max(0, x * x - 0.55);
      const inLung = Math.max(leftLung(x, y), rightLung(x, y));
      light += darkness * inLung + spine.gain * coverSpine(x, y) + heart.gain * coverHeart(x, y) * inLung;
      light +=
        ribs.gain *
        Math.max(0, Math.sin((2 * Math.PI * (y - 0.35 * x * x)) / ribs.period + 2 * Math.PI * ribs.phase)) *
        (0.3 + 0.7 * inLung);
      for (let i = 0; i < opacities.length; i++) light += opacities[i].gain * coverOpacities[i](x, y) * inLung;
      const shade = 0.5 + contrast * (light - 0.5) + exposure + grain * rng.normal();
      pixels[row * size + column] = Math.max(0, Math.min(255, Math.round(255 * shade)));
    }
  }
  return pixels;
}

/** Two to five blurry patches, more often low in the lung, some of them faint. */
function drawOpacities(lungs: Ellipse[], rng: Rng): Ellipse[] {
  return Array.from({ length: 2 + rng.below(4) }, () => {
    const lung = lungs[rng.below(2)];
    return {
      x: lung.x + lung.rx * 0.5 * rng.normal(),
      y: lung.y + lung.ry * (0.2 + 0.4 * rng.normal()),
      rx: 0.14 + 0.14 * rng.uniform(),
      ry: 0.14 + 0.2 * rng.uniform(),
      tilt: rng.normal(),
      soft: 0.9,
      gain: 0.14 + 0.2 * rng.uniform(),
    };
  });
}

/** (x, y) -> 1 inside the ellipse, 0 outside, a smooth step 3 t^2 - 2 t^3 over the soft edge. */
function coverOf({ x, y, rx, ry, tilt, soft }: Ellipse): (px: number, py: number) => number {
  const c = Math.cos(tilt);
  const s = Math.sin(tilt);
  return (px, py) => {
    const u = (c * (px - x) + s * (py - y)) / rx;
    const v = (c * (py - y) - s * (px - x)) / ry;
    const square = u * u + v * v;
    if (square >= 1) return 0;
    const t = Math.min(1, (1 - Math.sqrt(square)) / soft);
    return t * t * (3 - 2 * t);
  };
}
