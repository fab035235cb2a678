// Random augmentation of training images: the parameters are drawn here, assembly/augment.ts and blur.ts apply them.
import { createRng, type Rng, STREAMS } from "../core/rng.js";

/** As torchvision's RandomResizedCrop, RandomHorizontalFlip, RandomRotation, ColorJitter and GaussianBlur. */
export interface Augmentation {
  /** The crop's share of the image area, and its aspect ratio (width / height). */
  area: [least: number, most: number];
  ratio: [least: number, most: number];
  /** The probability of a horizontal flip. */
  flip: number;
  /** Maximum rotation in either direction. */
  degrees: number;
  /** Factors from 1 - x to 1 + x. */
  brightness: number;
  contrast: number;
  /** Gaussian blur of this share of the images. Sigma is drawn from 0 to `sigma` pixels. */
  blur: { share: number; sigma: number };
}

export interface View {
  /** See assembly/augment.ts. */
  transform: number[];
  /** See assembly/blur.ts. */
  sigma: number;
}

const TRIES = 10;
/** Maximum number of positions in an epoch's order that have their own random stream. */
const PLACES = 2 ** 24;

/** Edges in pixels of the image and of the result. */
export interface Sizes {
  from: number;
  to: number;
}

/** The whole image, unchanged but for its size. */
export const plainView = (sizes: Sizes): View => ({ transform: [...affine(WHOLE, 0, 1, sizes), 1, 1], sigma: 0 });

/**
 * The augmentation of the image at position `place` of an epoch's order. Depends only on (sizes, seed, epoch, place). Sigma is in
 * pixels of the result: in a smaller result it is smaller by the same factor.
 */
export function drawView(augmentation: Augmentation, sizes: Sizes, seed: number, epoch: number, place: number): View {
  const rng = createRng(seed, STREAMS.augmentation + epoch * PLACES + place);
  const crop = drawCrop(augmentation, rng);
  const between = (least: number, most: number) => least + (most - least) * rng.uniform();
  const mirror = rng.uniform() < augmentation.flip ? -1 : 1;
  const angle = (between(-1, 1) * augmentation.degrees * Math.PI) / 180;
  const { brightness, contrast, blur } = augmentation;
  const factors = [between(1 - brightness, 1 + brightness), between(1 - contrast, 1 + contrast)];
  const sigma = rng.uniform() < blur.share ? between(0, blur.sigma) : 0;
  return { transform: [...affine(crop, angle, mirror, sizes), ...factors], sigma: sigma * (sizes.to / sizes.from) };
}

/** In shares of the image's edges. */
interface Crop {
  left: number;
  top: number;
  width: number;
  height: number;
}

const WHOLE: Crop = { left: 0, top: 0, width: 1, height: 1 };

/** RandomResizedCrop.get_params without rounding to whole pixels. Returns the whole image if no attempt fits. */
function drawCrop({ area, ratio }: Augmentation, rng: Rng): Crop {
  for (let i = 0; i < TRIES; i++) {
    const share = area[0] + (area[1] - area[0]) * rng.uniform();
    const aspect = Math.exp(Math.log(ratio[0]) + Math.log(ratio[1] / ratio[0]) * rng.uniform());
    const width = Math.sqrt(share * aspect);
    const height = Math.sqrt(share / aspect);
    if (width <= 1 && height <= 1) return { left: (1 - width) * rng.uniform(), top: (1 - height) * rng.uniform(), width, height };
  }
  return WHOLE;
}

/**
 * The affine map a b c d e f from pixel (x, y) of the result to a position in the image. The result is the image after these
 * steps: crop, resize to `to` x `to` pixels, mirror (-1) or not, rotate counter-clockwise about its centre by `angle`. Pixel centres
 * have integer coordinates.
 */
export function affine({ left, top, width, height }: Crop, angle: number, mirror: 1 | -1, { from, to }: Sizes): number[] {
  const centre = (to - 1) / 2;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)].map((x) => x * (from / to));
  const [a, b] = [mirror * width * cos, -mirror * width * sin];
  const [d, e] = [height * sin, height * cos];
  const c = (left + width / 2) * from - 0.5 - (a + b) * centre;
  const f = (top + height / 2) * from - 0.5 - (d + e) * centre;
  return [a, b, c, d, e, f];
}
