import { pixelGradient } from "../layers/explain.js";
import { linear } from "../layers/linear.js";
import { pixels } from "../layers/pixels.js";
import type { Tape, Tensor } from "../tape.js";
import { CLASS_COUNT, type Input, type ModelDefinition } from "./definition.js";

/** Fully connected layers of these widths with ReLU, then the last layer. PyTorch: Sequential(Flatten, Linear, ReLU, Linear, ...). */
export function dnnOf(hidden: readonly number[]): ModelDefinition {
  const features = (tape: Tape, x: Tensor): Tensor =>
    hidden.reduce((so, width, i) => linear(tape, so, layerName(i), width, { relu: true }), x);
  const classify = (tape: Tape, x: Tensor): Tensor => linear(tape, x, layerName(hidden.length), CLASS_COUNT);
  return {
    name: "dnn",
    title: "DNN",
    hidden,
    features: (tape, input) => features(tape, pixels(tape, input)),
    classify,
    /** The gradient of the log-odds with respect to each pixel. */
    explain(tape: Tape, input: Input) {
      const x = pixels(tape, input);
      return pixelGradient(tape, x, classify(tape, features(tape, x)), input, { shares: false });
    },
    mapKind: "input-gradient",
  };
}

/** Of layer i from 0: Flatten is module 0, and each hidden layer has its ReLU behind it. */
const layerName = (i: number): string => String(2 * i + 1);

/** The study's. */
export const dnn = dnnOf([512, 256, 128]);

export const MAX_HIDDEN = 8;
export const MAX_WIDTH = 16_384;

/** Widths as a list or as text, "512,256,128". Undefined: no such widths. */
export function hiddenWidths(value: unknown): number[] | undefined {
  const widths = typeof value === "string" ? value.split(",").map((part) => (part.trim() === "" ? NaN : Number(part))) : value;
  if (!Array.isArray(widths) || widths.length < 1 || widths.length > MAX_HIDDEN) return undefined;
  return widths.every((width) => Number.isInteger(width) && width >= 1 && width <= MAX_WIDTH) ? [...widths] : undefined;
}

/** The widths in the shapes of a file's tensors, whatever prefix their names have; undefined: these are not those of a DNN. */
export function hiddenOf(shapes: ReadonlyMap<string, readonly number[]>): number[] | undefined {
  const first = [...shapes].find(([name, shape]) => /(^|\.)1\.weight$/.test(name) && shape.length === 2);
  if (!first) return undefined;
  const prefix = first[0].slice(0, -"1.weight".length);
  const widths: number[] = [];
  for (let i = 0; i <= MAX_HIDDEN; i++) {
    const shape = shapes.get(`${prefix}${layerName(i)}.weight`);
    if (shape?.length !== 2 || (i > 0 && shape[1] !== widths[i - 1])) break;
    widths.push(shape[0]);
  }
  // The last one is the layer of the classes.
  return hiddenWidths(widths.slice(0, -1));
}
