// The .npz files of MedMNIST as a dataset: <split>_images, uint8 [n][H][W] or [n][H][W][3], and <split>_labels, [n][1], where 1 is
// PNEUMONIA. Image i of a split is named <split>/<class>/<i>.
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { InputError } from "../core/errors.js";
import type { Pixels } from "../core/resize.js";
import { FormatError, type StoredTensor } from "../core/tensors.js";
import { parseNpz } from "../formats/npz.js";
import { MAX_IMAGE } from "../image/bounds.js";
import { decodeRows } from "../node/decode-rows.js";
import { readInput } from "../node/files.js";
import { makeResizer } from "../node/resizer.js";
import { changed } from "./content.js";
import { evenlySpaced, type ManifestOptions } from "./manifest.js";
import type { ImageSource } from "./sources.js";
import { CLASSES, type ImageFile, type Label, type Manifest, SPLITS, type Split } from "./types.js";

/** Node cannot read a file of 2 GiB at once. */
const MAX_BYTES = 2047 * 2 ** 20;
/** Number of rows between two reports of progress. */
const CHUNK = 64;

const imagesName = (split: Split): string => `${split}_images`;
const labelsName = (split: Split): string => `${split}_labels`;

/** Reads the labels only. `limit`: see readManifest. */
export async function readNpzManifest(path: string, { limit, classes = CLASSES }: ManifestOptions = {}): Promise<Manifest> {
  const root = resolve(path);
  let archive = "";
  const images = await inNpz(root, (bytes) => {
    // Of the whole file: another file may have arrays of the same shapes and labels.
    archive = sha256Of(bytes);
    const arrays = parseNpz(bytes, SPLITS.map(labelsName));
    const ofSplit = (split: Split): ImageFile[] => {
      const array = arrays.get(labelsName(split));
      if (!array) return [];
      const labels = labelsOf(array, labelsName(split));
      return classes.flatMap((name, label) => {
        const places = [...labels.keys()].filter((i) => labels[i] === label);
        return evenlySpaced(places, limit ?? Infinity).map((i) => ({
          file: `${split}/${name}/${i}`,
          split,
          label: label as Label,
          bytes: bytes.length,
          archive,
        }));
      });
    };
    const found = { train: ofSplit("train"), val: ofSplit("val"), test: ofSplit("test") };
    if (SPLITS.every((split) => found[split].length === 0)) {
      throw new FormatError(`it has no images in ${SPLITS.map(imagesName).join(", ")}`);
    }
    return found;
  });
  return { root, images, source: imagesIn(root, archive), classes, notes: [], synthetic: false };
}

/** The result of `work` on the bytes of the file. Errors are InputErrors that name the file. */
async function inNpz<T>(path: string, work: (bytes: Uint8Array) => T): Promise<T> {
  const bytes = await readInput(path, MAX_BYTES, "check the path");
  try {
    return work(bytes);
  } catch (error) {
    // The errors of fflate have numbers.
    const damaged = typeof (error as { code?: unknown }).code === "number";
    if (!(error instanceof FormatError) && !damaged) throw error;
    const why = damaged ? "its zip archive is damaged" : (error as Error).message;
    throw new InputError(`${path} is not a usable .npz of X-rays: ${why}.`);
  }
}

function labelsOf({ dtype, shape, data }: StoredTensor, name: string): Label[] {
  if (shape.length < 1 || shape.length > 2 || (shape[1] ?? 1) !== 1) {
    throw new FormatError(`its array ${name} has the shape (${shape.join(", ")}), not (n, 1)`);
  }
  // Copied for alignment.
  const { buffer } = new Uint8Array(data);
  const values = dtype === "U8" ? data : dtype === "I32" ? new Int32Array(buffer) : new BigInt64Array(buffer);
  return Array.from<number | bigint, Label>(values, (value, i) => {
    if (Number(value) === 0 || Number(value) === 1) return Number(value) as Label;
    throw new FormatError(`its label ${name}[${i}] is ${value}, neither 0 nor 1`);
  });
}

function imagesIn(root: string, archive: string): ImageSource {
  return {
    read: createReader(root, archive),
    sha256: async () => archive,
    async decode({ files, size, cacheFile }, onRows) {
      // Without workers, unlike image files: nothing is decoded, and one unpacked array is enough.
      const read = createReader(root, archive);
      const resize = makeResizer(size);
      const rows = [];
      for (let firstRow = 0; firstRow < files.length; firstRow += CHUNK) {
        const task = { files: files.slice(firstRow, firstRow + CHUNK), firstRow, cacheFile };
        for (const row of await decodeRows(task, read, resize)) rows.push(row);
        onRows(task.files.length);
      }
      return rows;
    },
  };
}

const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Keeps the images of one split, the last one requested. `archive`: the SHA-256 that the file must still have. */
function createReader(root: string, archive: string): ImageSource["read"] {
  let last: { split: Split; image: (i: number) => Pixels } | undefined;
  return async (file) => {
    const [split, , index] = file.split("/") as [Split, string, string];
    if (last?.split !== split) {
      const image = await inNpz(root, (bytes) => {
        if (sha256Of(bytes) !== archive) throw changed(root);
        return imagesOf(bytes, split);
      });
      last = { split, image };
    }
    const image = last.image(Number(index));
    return { ...image, sha256: sha256Of(image.data) };
  };
}

function imagesOf(bytes: Uint8Array, split: Split): (i: number) => Pixels {
  const names = [imagesName(split), labelsName(split)];
  const [name] = names;
  const arrays = parseNpz(bytes, names);
  const [images, labels] = names.map((array) => {
    const there = arrays.get(array);
    if (!there) throw new FormatError(`it lacks the array ${array}`);
    return there;
  });
  const { dtype, shape, data } = images;
  const [count, height, width, channels = 1] = shape;
  if (dtype !== "U8" || shape.length < 3 || shape.length > 4 || (shape.length === 4 && channels !== 3)) {
    throw new FormatError(
      `its array ${name} is ${dtype} of the shape (${shape.join(", ")}), not U8 of (n, H, W) or (n, H, W, 3)`,
    );
  }
  if (count !== labels.shape[0]) {
    throw new FormatError(`its array ${name} has ${count} images, and ${labelsName(split)} has ${labels.shape[0]} labels`);
  }
  if (Math.min(width, height) < 1 || Math.max(width, height) > MAX_IMAGE.edge || width * height > MAX_IMAGE.pixels) {
    throw new FormatError(`its array ${name} has images of ${width}x${height} pixels`);
  }
  const length = width * height * channels;
  return (i) => ({ data: data.subarray(i * length, (i + 1) * length), width, height, channels: channels as 1 | 3 });
}
