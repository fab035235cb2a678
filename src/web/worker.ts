// One of the scorer's workers: it scores or resizes one image at a time, in the order in which they came.
import type { Pixels } from "../core/resize.js";
import { noted } from "../image/notes.js";
import { openResizer } from "../image/resizer.js";
import { scorable } from "../image/scorable.js";
import { compileKernels } from "../lib/browser-kernels.js";
import { decodeImage } from "../lib/decode.js";
import { loadModel, type Model } from "../lib/index.js";
import type { Answer, Order } from "./scorer.js";

const scope = self as unknown as {
  onmessage: (event: MessageEvent<Order>) => void;
  postMessage(answer: Answer, transfer?: Transferable[]): void;
};
let model: Promise<Model>;
let resizer: ReturnType<typeof makeResizer> | undefined;
let last: Promise<void> = Promise.resolve();

scope.onmessage = ({ data: order }) => {
  last = last.then(() => follow(order));
};

async function follow(order: Order): Promise<void> {
  try {
    if ("file" in order) {
      model = loadModel(order.file);
      const { metadata, classes, threshold } = await model;
      return scope.postMessage({ ready: { metadata, classes, threshold } });
    }
    const { notes = [], ...pixels } = scorable(await decodeImage(order.image));
    if ("size" in order) {
      const sized = (await (resizer ??= makeResizer(order.size)))(pixels) as Uint8Array<ArrayBuffer>;
      return scope.postMessage({ pixels: sized }, [sized.buffer]);
    }
    const { predict, explain } = await model;
    if (!order.explained) return scope.postMessage({ score: { ...predict(pixels), ...noted(notes) } });
    const { map, side, ...score } = explain(pixels);
    const grey = asGrey(pixels);
    const { width, height } = pixels;
    scope.postMessage({ score, explained: { grey, width, height, map, side } }, [grey.buffer, map.buffer]);
  } catch (error) {
    scope.postMessage({ error: (error as Error).message });
  }
}

const makeResizer = async (size: number) => openResizer(await compileKernels(false), size, { shared: false });

/** Grey levels; those of colours are their luma by Rec. 601. */
function asGrey({ data, width, height, channels }: Pixels): Uint8Array<ArrayBuffer> {
  if (channels === 1) return Uint8Array.from(data);
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = 0.299 * data[channels * i] + 0.587 * data[channels * i + 1] + 0.114 * data[channels * i + 2] + 0.5;
  }
  return grey;
}
