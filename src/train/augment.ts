// Which view of an image a training step sees: drawn here, made by assembly/augment.ts and blur.ts.
import { createRng, type Rng, STREAMS } from "../core/rng.js";

/** As torchvision's RandomResizedCrop, RandomHorizontalFlip, RandomRotation, ColorJitter and GaussianBlur. */
export interface Augmentation {
  /** The share of the image's area that a crop keeps, and width / height of the crop. */
  area: [least: number, most: number];
  ratio: [least: number, most: number];
  /** The probability of a horizontal flip. */
  flip: number;
  /** Rotation by at most so much either way. */
  degrees: number;
  /** Factors from 1 - x to 1 + x. */
  brightness: number;
  contrast: number;
  /** Gaussian blur of so many images, by a sigma of 0 to so many pixels. */
  blur: { share: number; sigma: number };
}

export interface View {
  /** See assembly/augment.ts. */
  transform: number[];
  /** See assembly/blur.ts. */
  sigma: number;
}

const TRIES = 10;
/** Places in an epoch's order: at most so many have random streams of their own. */
const PLACES = 2 ** 24;

/** The view of what stands at `place` of an epoch's order, of images of size x size: given by (seed, epoch, place) and nothing else. */
export function drawView(augmentation: Augmentation, size: number, seed: number, epoch: number, place: number): View {
  const rng = createRng(seed, STREAMS.augmentation + epoch * PLACES + place);
  const crop = drawCrop(augmentation, rng);
  const between = (least: number, most: number) => least + (most - least) * rng.uniform();
  const mirror = rng.uniform() < augmentation.flip ? -1 : 1;
  const angle = (between(-1, 1) * augmentation.degrees * Math.PI) / 180;
  const { brightness, contrast, blur } = augmentation;
  const factors = [between(1 - brightness, 1 + brightness), between(1 - contrast, 1 + contrast)];
  const sigma = rng.uniform() < blur.share ? between(0, blur.sigma) : 0;
  return { transform: [...affine(crop, angle, mirror, size), ...factors], sigma };
}

/** In shares of the image's edge. */
interface Crop {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** RandomResizedCrop.get_params, without rounding to whole pixels; the whole image where no try fits. */
function drawCrop({ area, ratio }: Augmentation, rng: Rng): Crop {
  for (let i = 0; i < TRIES; i++) {
    const share = area[0] + (area[1] - area[0]) * rng.uniform();
    const aspect = Math.exp(Math.log(ratio[0]) + Math.log(ratio[1] / ratio[0]) * rng.uniform());
    const width = Math.sqrt(share * aspect);
    const height = Math.sqrt(share / aspect);
    if (width <= 1 && height <= 1) return { left: (1 - width) * rng.uniform(), top: (1 - height) * rng.uniform(), width, height };
  }
  return { left: 0, top: 0, width: 1, height: 1 };
}

/**
 * a b c d e f: where pixel (x, y) of the result lies in the image, which is cropped, resized to size x size, mirrored (-1) or not,
 * and turned counter-clockwise about its centre by `angle`, in this order. Pixels have their centres at whole coordinates.
 */
export function affine({ left, top, width, height }: Crop, angle: number, mirror: 1 | -1, size: number): number[] {
  const centre = (size - 1) / 2;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [a, b] = [mirror * width * cos, -mirror * width * sin];
  const [d, e] = [height * sin, height * cos];
  const c = (left + width / 2) * size - 0.5 - (a + b) * centre;
  const f = (top + height / 2) * size - 0.5 - (d + e) * centre;
  return [a, b, c, d, e, f];
}
