import type { Original } from "../image/original.js";
import type { OtherFolder } from "./other-layout.js";
import type { ImageSource } from "./sources.js";

/** The names of class 0 and class 1, which is the positive class. */
export type ClassNames = readonly [negative: string, positive: string];
/** The default names. Files for programs always use them as keys: metrics.json, p_pneumonia. */
export const CLASSES = ["NORMAL", "PNEUMONIA"] as const satisfies ClassNames;
export const SPLITS = ["train", "val", "test"] as const;

export type Label = 0 | 1;
export type Split = (typeof SPLITS)[number];
export type Subtype = "bacteria" | "virus" | "unknown";

/** Whom an image shows and where it was taken, if a CSV says so. */
export interface About {
  patient?: string;
  hospital?: string;
  device?: string;
  /** Any other group that results are reported by. */
  group?: string;
}
export const ABOUT_KEYS = ["patient", "hospital", "device", "group"] as const satisfies readonly (keyof About)[];

/** One image of a dataset. What a CSV says about it: without its column `patient`, see data/names.ts. */
export interface ImageFile extends About {
  /** The path relative to the folder of the dataset, with forward slashes: "train/NORMAL/IM-0115-0001.jpeg". In an .npz: "test/NORMAL/17". */
  file: string;
  split: Split;
  label: Label;
  /** The size of the file, or of the .npz with the image. */
  bytes: number;
  /** SHA-256 of the file in hexadecimal, or why it cannot be read. Known after data/content.ts has read the files. */
  sha256?: string;
  /** SHA-256 of the .npz with the image. Replaces the file's. */
  archive?: string;
  /** Known after decoding. */
  original?: Original;
}

/** The images of a dataset: in each split all NORMAL, then all PNEUMONIA, in the order of names or numbers. */
export interface Manifest {
  /** The absolute path of the folder or .npz. */
  root: string;
  images: Record<Split, ImageFile[]>;
  source: ImageSource;
  /** The names of its folders or labels. */
  classes: ClassNames;
  /** What was ignored or looks wrong, one sentence each. */
  notes: string[];
  /** With a CSV of labels for a folder: images without a record, and files that a record names but the folder lacks. */
  unlabelled?: string[];
  withoutImage?: string[];
  /** True for the generated X-ray-like dataset; every page of the report says so. */
  synthetic: boolean;
  /** True for the sample that comes with pulmo; every page of the report says so. */
  sample?: boolean;
  /** Folders with images that belong to no class. */
  others?: OtherFolder[];
}

/** Decoded pixels of one split: rows of size*size*3 bytes (HWC, RGB). Row i belongs to images[i]. */
export interface PixelRows {
  images: ImageFile[];
  /** size * size * 3. */
  rowBytes: number;
  /** Copies row i into `into` (rowBytes long, possibly a view of shared memory). */
  read(i: number, into: Uint8Array): Promise<void>;
}

export interface PixelCache {
  splits: Record<Split, PixelRows>;
  /** Edge length in pixels. */
  size: number;
  /** Files that could not be decoded. They are not in the splits. */
  unreadable: { file: string; reason: string }[];
  /** What was assumed about files: see Noted. */
  imageNotes: { file: string; note: string }[];
  /** True if there was a valid cache file. */
  hit: boolean;
  path: string;
  /** Older caches that were removed when this one was written. */
  removed: string[];
  close(): Promise<void>;
}
