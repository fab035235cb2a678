// What a file is that was given in place of weights: by its first bytes, or by the names in its zip archive.
import { type KnownFile, knownFile } from "../core/known-file.js";

export type FileKind = Required<KnownFile>;

/** A .pulmo file is a model of pulmo, which other readers take. */
export const isPulmoFile = (head: Uint8Array): boolean => Buffer.from(head.subarray(0, 8)).toString("latin1") === "PULMOMDL";

/** How many bytes fileKind looks at. */
export const KIND_BYTES = 4096;

const FORMATS_READ = "give a .pth, .safetensors or .onnx file, or the folder of a run's model";
const PULMO_READS = "pulmo reads weights of PyTorch, safetensors and ONNX";

/** The containers of torch.save. */
const [ZIP, TAR] = ["a zip archive", "a tar archive"];

/** By the bytes at an offset, as Latin-1. */
const MAGIC: [offset: number, bytes: string, kind: string, advice: string][] = [
  [0, "PULMOMDL", "a .pulmo file", "give the model that it was exported from"],
  [0, "\xff\xd8\xff", "a JPEG image", FORMATS_READ],
  [0, "\x89PNG", "a PNG image", FORMATS_READ],
  [128, "DICM", "a DICOM image", FORMATS_READ],
  [0, "\x89HDF", "an HDF5 file, as Keras writes", PULMO_READS],
  [0, "\x93NUMPY", "an array of NumPy", "save the weights with torch.save(model.state_dict(), file)"],
  [4, "TFL3", "a TensorFlow Lite model", PULMO_READS],
  [0, "GGUF", "a GGUF file", FORMATS_READ],
];

/** `head`: the first KIND_BYTES of the file. Undefined if it may hold weights. */
export function fileKind(head: Uint8Array): FileKind | undefined {
  if (head.length === 0) return { kind: "empty", advice: "copy or download it again" };
  const known = knownFile(head);
  if (known && known.kind !== ZIP && known.kind !== TAR) return { advice: FORMATS_READ, ...known };
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, KIND_BYTES)).toString("latin1");
  const [, , kind, advice] = MAGIC.find(([offset, bytes]) => text.startsWith(bytes, offset)) ?? [];
  if (kind !== undefined) return { kind, advice: advice! };
  if (text.includes("saved_model_main_op") || text.includes("\x12\x05serve")) {
    return { kind: "a TensorFlow SavedModel", advice: PULMO_READS };
  }
  return textKind(text.replace(/^\xef\xbb\xbf/, "").trimStart());
}

/** A file of weights holds bytes that no text has: lengths with zeros. */
function textKind(text: string): FileKind | undefined {
  if (/[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text)) return undefined;
  if (text.startsWith("{") && text.includes('"weight_map"')) {
    return { kind: "the index of a model in several safetensors files", advice: "save the model as one file" };
  }
  if (/^[{[]/.test(text)) return { kind: "JSON text", advice: FORMATS_READ };
  return { kind: "a text file", advice: FORMATS_READ };
}

const WEIGHTS = /\.(pth|pt|ckpt|bin|safetensors|onnx)$/i;

/** A zip archive that torch.save has not written, by the names of its entries. Undefined for one that may hold weights. */
export function zipKind(names: string[]): FileKind | undefined {
  const has = (pattern: RegExp) => names.find((name) => pattern.test(name));
  if (has(/(^|\/)constants\.pkl$/) && has(/(^|\/)code\//)) {
    return {
      kind: "a TorchScript archive of torch.jit.save",
      advice: "in Python, write its weights with torch.save(torch.jit.load(file).state_dict(), new_file)",
    };
  }
  if (has(/(^|\/)data\.pkl$/)) return undefined;
  if (has(/serialized_exported_program\.json$|(^|\/)archive_format$/)) {
    return {
      kind: "a program of torch.export",
      advice: "in Python, write its weights with torch.save(program.state_dict, file)",
    };
  }
  if (has(/\.npy$/)) return { kind: "an archive of NumPy arrays", advice: "save the weights with torch.save(state_dict, file)" };
  if (has(/\.weights\.h5$/)) {
    return { kind: "a Keras model", advice: PULMO_READS };
  }
  const inner = has(WEIGHTS);
  return inner
    ? { kind: `a zip archive that holds ${JSON.stringify(inner.slice(0, 100))}`, advice: "extract it first" }
    : { kind: "a zip archive of other files", advice: FORMATS_READ };
}
