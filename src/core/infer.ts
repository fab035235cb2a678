// Runs a saved model in any runtime that has WebAssembly, by the standalone inference core, without APIs of the runtime. A host may copy the
// compiled file: it imports nothing but types.
import type { Pixels } from "./resize.js";

/** Whether these are bytes. Values of more bits would lose their upper bits when they are copied. True also for arrays of another realm. */
export const isEightBit = (data: unknown): boolean =>
  /^\[object Uint8(Clamped)?Array\]$/.test(Object.prototype.toString.call(data));

/** The exports of pulmo-infer.wasm: docs/model-file.md. */
interface InferenceCore {
  memory: WebAssembly.Memory;
  version(): number;
  alloc(bytes: number): number;
  loadModel(address: number, bytes: number): number;
  image(width: number, height: number, channels: number): number;
  predict(): number;
  explain(): number;
  unusual(): number;
  logOdds(): number;
  probability(): number;
  threshold(): number;
  imageSize(): number;
  map(): number;
  mapSide(): number;
  metadata(): number;
  metadataLength(): number;
  lastError(): number;
  lastErrorLength(): number;
}

export interface Score {
  /** ln(p / (1 - p)) of the positive class. */
  logOdds: number;
  probability: number;
  /** The class at the model's threshold. */
  label: string;
  /** Whether the image is unlike the training images: unusualScore is above 1. Absent if the file has no statistics of them. */
  unusual?: boolean;
  unusualScore?: number;
}

export interface Explanation extends Score {
  /** side x side, row by row; positive values support the positive class. */
  map: Float32Array;
  side: number;
}

export interface Model {
  /** The file's metadata: model, classes, recipe, and if present mean, std, temperature. */
  metadata: Record<string, unknown>;
  classes: [negative: string, positive: string];
  threshold: number;
  /** Pixels of any size, grey or RGB. Throws an Error. */
  predict(image: Pixels): Score;
  /** The score and a saliency map. */
  explain(image: Pixels): Explanation;
}

const VERSION = 1;

/** `core`: pulmo-infer.wasm, compiled, or its bytes if the runtime can compile them. `file`: from `export --format pulmo`. */
export async function loadModel(core: WebAssembly.Module | BufferSource, file: Uint8Array): Promise<Model> {
  const module = core instanceof WebAssembly.Module ? core : await WebAssembly.compile(core);
  const exports = new WebAssembly.Instance(module).exports as unknown as InferenceCore;
  if (exports.version() !== VERSION) throw new Error("pulmo-infer.wasm has another version: use the one of this package.");
  const text = (address: number, bytes: number) =>
    new TextDecoder().decode(new Uint8Array(exports.memory.buffer, address >>> 0, bytes));
  const check = (failed: boolean) => {
    if (!failed) return;
    const said = text(exports.lastError(), exports.lastErrorLength());
    throw new Error(`${said[0].toUpperCase()}${said.slice(1)}.`);
  };
  const address = exports.alloc(file.length);
  if (address === 0) throw new Error("There is not enough memory for the model.");
  new Uint8Array(exports.memory.buffer).set(file, address >>> 0);
  trapped(() => check(exports.loadModel(address, file.length) !== 0));
  const metadata = parseMetadata(text(exports.metadata(), exports.metadataLength()));
  const { classes } = metadata;
  const threshold = exports.threshold();

  const predict = ({ data, width, height, channels }: Pixels): Score => {
    if (!isEightBit(data)) throw new Error("The image's data must be a Uint8Array or Uint8ClampedArray: scale them to 0..255.");
    if (data.length !== width * height * channels) throw new Error("The image's data must have width x height x channels bytes.");
    const place = exports.image(width, height, channels);
    check(place === 0);
    new Uint8Array(exports.memory.buffer).set(data, place >>> 0);
    trapped(() => check(exports.predict() !== 0));
    const probability = exports.probability();
    const unusualScore = exports.unusual();
    return {
      logOdds: exports.logOdds(),
      probability,
      label: classes[probability > threshold ? 1 : 0],
      ...(!Number.isNaN(unusualScore) && { unusual: unusualScore > 1, unusualScore }),
    };
  };
  return {
    metadata,
    classes,
    threshold,
    predict,
    explain(image) {
      const score = predict(image);
      trapped(() => check(exports.explain() !== 0));
      const side = exports.mapSide();
      return { ...score, map: new Float32Array(exports.memory.buffer, exports.map() >>> 0, side * side).slice(), side };
    },
  };
}

/** In characters. pulmo writes a few thousand. */
const MOST_METADATA = 2 ** 20;

function parseMetadata(text: string): Record<string, unknown> & Pick<Model, "classes"> {
  let found: { classes?: unknown } | null = null;
  try {
    if (text.length <= MOST_METADATA) found = JSON.parse(text);
  } catch {}
  const classes = found?.classes;
  if (!Array.isArray(classes) || classes.length !== 2 || !classes.every((name) => typeof name === "string")) {
    throw new Error("The model file has no usable metadata: export it again.");
  }
  return { ...found, classes: classes as [string, string] };
}

/** A malicious file can still make a kernel access memory out of bounds; the engine traps. */
function trapped(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) throw new Error(`The model file is not usable: ${error.message}.`);
    throw error;
  }
}
