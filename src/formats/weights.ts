// Files of weights: safetensors, the .pth containers of PyTorch, or ONNX. The content decides, not the extension.
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import type { TensorFile } from "../core/safetensors.js";
import { FormatError } from "../core/tensors.js";
import { hashOfFile, readBeginning, refuseUnreadable } from "../node/files.js";
import { type FileKind, fileKind, KIND_BYTES, zipKind } from "./file-kind.js";
import { readSafetensors } from "./safetensors-file.js";
import type { StateDict } from "./state-dicts.js";

/** Larger files are refused: no model of pulmo is nearly as large. */
const MAX_BYTES = 4 * 2 ** 30;

/** The field ir_version, which every writer puts first. A pickle starts with 0x80, a zip with P. */
const ONNX_FIRST_BYTE = 0x08;
/** What torch.save and pickle write first: a zip archive, or a pickle of protocol 2 and above, or of 0 and 1: L, I, c, (, } or ]. */
const TORCH_FIRST_BYTES = [0x50, 0x80, 0x4c, 0x49, 0x63, 0x28, 0x7d, 0x5d];

const MODEL_FILE = "model.safetensors";
const UNFINISHED_FILE = "checkpoint.safetensors";

const unreadable = (path: string) => refuseUnreadable(path, "check the path");

export interface WeightsFile {
  /** The file itself, if a folder was given. */
  path: string;
  /** The dictionaries of tensors in the file; at least one. */
  sets: StateDict[];
  metadata: Record<string, string>;
}

/** `path` is a file of weights, a folder with a model.safetensors, or a run's folder with one model. Throws an InputError that names the file. */
export async function readWeightSets(path: string): Promise<WeightsFile> {
  const { size, isFolder } = await factsOf(path);
  if (isFolder) return readWeightSets(await modelInFolder(path));
  if (size > MAX_BYTES)
    throw new InputError(`${path} is ${size} bytes long: weights are expected to be shorter than ${MAX_BYTES}.`);
  const head = await readHead(path);
  refuseKind(path, fileKind(head));
  if (looksLikeSafetensors(path, head, size)) {
    const { tensors, metadata } = await readSafetensors(path);
    return { path, sets: [{ entry: "", tensors }], metadata };
  }
  const bytes = await readFile(path).catch(unreadable(path));
  try {
    if (bytes[0] === ONNX_FIRST_BYTE) {
      const { parseOnnx } = await import("./onnx.js");
      const { tensors, metadata } = parseOnnx(bytes);
      return { path, sets: [{ entry: "", tensors }], metadata };
    }
    const [{ parseTorch }, { zipNames }] = await Promise.all([import("./torch.js"), import("./zip.js")]);
    if (bytes[0] === TORCH_FIRST_BYTES[0]) refuseKind(path, zipKind(zipNames(bytes)));
    else if (!TORCH_FIRST_BYTES.includes(bytes[0]) && !isTar(bytes)) {
      throw new FormatError("it is neither safetensors, nor ONNX, nor a file of torch.save");
    }
    return { path, sets: parseTorch(bytes), metadata: {} };
  } catch (error) {
    if (error instanceof InputError) throw error;
    const why = error instanceof FormatError ? error.message : "it is cut short or damaged, so copy or download it again";
    throw new InputError(`${path} is not a usable file of weights: ${why}.`);
  }
}

/** The same for a file of any model: its only dictionary of tensors, or the one that has more tensors than any other. */
export async function readWeights(path: string): Promise<TensorFile> {
  const { sets, metadata } = await readWeightSets(path);
  return { tensors: largestSet(sets, path).tensors, metadata };
}

/** Throws an InputError that lists the dictionaries if two are equally large. */
export function largestSet(sets: StateDict[], path: string): StateDict {
  const most = sets.reduce((most, { tensors }) => Math.max(most, tensors.size), 0);
  const [first, ...others] = sets.filter(({ tensors }) => tensors.size === most);
  if (others.length > 0) {
    const names = [first, ...others].map(({ entry }) => entry || "(the file itself)");
    throw new InputError(`${path} holds ${names.length} sets of ${most} tensors: choose one with --entry: ${listed(names)}.`);
  }
  return first;
}

const SHOWN = 8;

/** At most eight of the names. */
export const listed = (names: string[]): string =>
  names.slice(0, SHOWN).join(", ") + (names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "");

const isTar = (bytes: Buffer): boolean => bytes.toString("latin1", 257, 262) === "ustar";

function refuseKind(path: string, found: FileKind | undefined): void {
  if (found) throw new InputError(`${path} is ${found.kind}, not a file of weights: ${found.advice}.`);
}

async function factsOf(path: string): Promise<{ size: number; isFolder: boolean }> {
  const found = await stat(path).catch(unreadable(path));
  return { size: found.size, isFolder: found.isDirectory() };
}

/** The file that `path` names: itself, or the model in a folder. Throws an InputError. */
export const fileOfWeights = async (path: string): Promise<string> =>
  (await factsOf(path)).isFolder ? modelInFolder(path) : path;

/** model.safetensors in a folder, or of the only model in a run's folder; otherwise an InputError says what the folder is. */
async function modelInFolder(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(unreadable(folder));
  const names = entries.map(({ name }) => name).sort();
  if (names.includes(MODEL_FILE)) return join(folder, MODEL_FILE);
  if (names.includes("data.pkl")) {
    throw new InputError(`${folder} is an unpacked file of torch.save: give the file as it was downloaded, not unpacked.`);
  }
  if (names.includes("saved_model.pb")) {
    throw new InputError(`${folder} is a TensorFlow SavedModel: pulmo reads weights of PyTorch, safetensors and ONNX.`);
  }
  const inner = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  const models = await having(MODEL_FILE, inner);
  if (models.length === 1) return join(models[0], MODEL_FILE);
  if (models.length > 1) throw new InputError(`${folder} is the folder of a run: give one of its models: ${listed(models)}.`);
  const unfinished = await having(UNFINISHED_FILE, [folder, ...inner]);
  if (unfinished.length > 0)
    throw new InputError(`${unfinished[0]} holds an unfinished training: continue it with run --resume or train --resume.`);
  const files = names.filter((name) => /\.(pth|pt|ckpt|bin|safetensors|onnx)$/i.test(name));
  const advice =
    files.length > 0 ? `give one of its files: ${listed(files)}` : "give the folder of a run's model, or a file of weights";
  throw new InputError(`${folder} holds no ${MODEL_FILE}: ${advice}.`);
}

/** The folders that have a file, sorted. */
async function having(file: string, folders: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders) if (await stat(join(folder, file)).catch(() => undefined)) found.push(folder);
  return found.sort();
}

/** The first bytes of a file, for fileKind. */
export const readHead = (path: string): Promise<Uint8Array> => readBeginning(path, KIND_BYTES).catch(unreadable(path));

/** A header length that fits the file, followed by a brace; or the extension, unless a file of torch.save has it. */
function looksLikeSafetensors(path: string, head: Uint8Array, size: number): boolean {
  if (head.length < 9) return path.endsWith(".safetensors");
  const view = new DataView(head.buffer, head.byteOffset);
  if (head[8] === "{".charCodeAt(0) && view.getBigUint64(0, true) < BigInt(size)) return true;
  return path.endsWith(".safetensors") && !(head[0] === 0x50 && head[1] === 0x4b) && head[0] !== 0x80;
}

/** SHA-256 of a file, in hexadecimal. */
export const fileSha256 = (path: string): Promise<string> => hashOfFile(path).catch(unreadable(path));
