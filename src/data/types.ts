import type { Original } from "../image/original.js";
import type { ImageSource } from "./sources.js";

/** The names of class 0 and of class 1, the positive one. */
export type ClassNames = readonly [negative: string, positive: string];
/** Unless --classes gives others. Everything that programs read keeps them: metrics.json's keys, p_pneumonia. */
export const CLASSES = ["NORMAL", "PNEUMONIA"] as const satisfies ClassNames;
export const SPLITS = ["train", "val", "test"] as const;

export type Label = 0 | 1;
export type Split = (typeof SPLITS)[number];
export type Subtype = "bacteria" | "virus" | "unknown";

/** One image of the dataset, as found on disk. */
export interface ImageFile {
  /** Path relative to the dataset's folder, with forward slashes: "train/NORMAL/IM-0115-0001.jpeg". In an .npz: "test/NORMAL/17". */
  file: string;
  split: Split;
  label: Label;
  /** Of the file, or of the .npz that holds the image. */
  bytes: number;
  mtimeMs: number;
  /** SHA-256 of the .npz that holds it, in hexadecimal; it stands for the time. */
  archive?: string;
  /** What a CSV of labels says of it: a patient, a hospital. */
  group?: string;
  /** What a CSV dataset says: whom it shows. Else its name may tell. */
  patient?: string;
  /** Of the original, once it has been decoded. */
  original?: Original;
}

/** The dataset's images, in the order of their names or numbers within split and class (all NORMAL first, then all PNEUMONIA). */
export interface Manifest {
  /** Absolute path of the dataset's folder, or of its .npz. */
  root: string;
  images: Record<Split, ImageFile[]>;
  source: ImageSource;
  /** Of its folders or labels. */
  classes: ClassNames;
  /** What was ignored or looks odd, a sentence each. */
  notes: string[];
  /** True for the generated X-ray-like set; every page of the report says so. */
  synthetic: boolean;
  /** True for the sample that comes with the program; the report says so as often. */
  sample?: boolean;
}

/** Decoded pixels of one split: rows of size*size*3 bytes (HWC, RGB), row i belonging to images[i]. */
export interface PixelRows {
  images: ImageFile[];
  /** Bytes a row: size * size * 3. */
  rowBytes: number;
  /** Copies row i into `into` (rowBytes long, possibly a view of shared memory). */
  read(i: number, into: Uint8Array): Promise<void>;
}

export interface PixelCache {
  splits: Record<Split, PixelRows>;
  /** Edge length in pixels. */
  size: number;
  /** Files that could not be decoded, left out of the splits. */
  unreadable: { file: string; reason: string }[];
  /** Files of several frames: the first one's pixels are here. */
  severalFrames: string[];
  /** True when the cache file was there and valid. */
  hit: boolean;
  path: string;
  /** Older caches that had to go when this one was written. */
  removed: string[];
  close(): Promise<void>;
}
