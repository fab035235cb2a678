// A saved model in a Web Worker: the page stays responsive while an image is scored.
import type { Explanation, Score } from "../core/infer.js";
import { BEGINNING_BYTES, imageFormat } from "../image/magic.js";
import { turbo } from "./browser-jpeg.js";
import { type ImageFile, type ImageSource, isImageFile, toPixels } from "./image-source.js";
import type { Core, Decided, ModelFacts, PredictOptions } from "./loaded-model.js";
import { startWorker, workerError } from "./start-worker.js";
import type { Answer, Order } from "./worker.js";
import { WORKER } from "./worker-code.js";

export interface WorkerModel extends ModelFacts {
  /** Images are scored one after another. */
  predict(image: ImageSource | ImageFile, options?: PredictOptions): Promise<Score & Decided>;
  explain(image: ImageSource | ImageFile, options?: PredictOptions): Promise<Explanation & Decided>;
  /** Ends the worker and rejects calls that have not finished. */
  close(): void;
}

export async function loadInWorker(core: Core, file: Uint8Array | ArrayBuffer): Promise<WorkerModel> {
  const { ask, close } = connect(startWorker(WORKER));
  try {
    const load = new Uint8Array(file instanceof ArrayBuffer ? file.slice() : file);
    const facts = (await ask({ load, core }, [load.buffer])) as ModelFacts;
    const run = async (task: "predict" | "explain", image: ImageSource | ImageFile, options?: PredictOptions) => {
      if (isImageFile(image)) {
        const blob = image instanceof Blob ? image : new Blob([image]);
        return ask({ task, image: blob, options, ...((await isJpeg(blob)) && { turbo: await turbo() }) });
      }
      const pixels = toPixels(image);
      const data = pixels.data.slice();
      return ask({ task, image: { ...pixels, data }, options }, [data.buffer]);
    };
    return {
      ...facts,
      predict: (image, options) => run("predict", image, options) as Promise<Score & Decided>,
      explain: (image, options) => run("explain", image, options) as Promise<Explanation & Decided>,
      close: () => close(new Error("The model has been closed.")),
    };
  } catch (error) {
    close(error as Error);
    throw error;
  }
}

/** The decoder is sent to the worker with the files that need it, and not part of the worker's code. */
const isJpeg = async (file: Blob): Promise<boolean> =>
  imageFormat(new Uint8Array(await file.slice(0, BEGINNING_BYTES).arrayBuffer())) === "jpeg";

interface Asked {
  resolve(value: unknown): void;
  reject(reason: Error): void;
}

/** Matches replies to requests by number. `close` ends the worker and rejects all requests, also later ones. */
function connect(worker: Worker) {
  const waiting = new Map<number, Asked>();
  let next = 0;
  let closed: Error | undefined;
  const close = (reason: Error) => {
    closed ??= reason;
    worker.terminate();
    for (const { reject } of waiting.values()) reject(closed);
    waiting.clear();
  };
  worker.onmessage = ({ data }: MessageEvent<Answer & { id: number }>) => {
    const asked = waiting.get(data.id);
    waiting.delete(data.id);
    if ("error" in data) asked?.reject(new Error(data.error));
    else asked?.resolve(data.value);
  };
  worker.onerror = (event) => close(workerError(event));
  const ask = async (order: Order, transfer: Transferable[] = []): Promise<unknown> => {
    if (closed) throw closed;
    return new Promise((resolve, reject) => {
      waiting.set(next, { resolve, reject });
      worker.postMessage({ id: next++, order }, transfer);
    });
  };
  return { ask, close };
}
