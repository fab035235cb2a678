// Images to scores, by several Web Workers: first come, first served, but what a person looks at goes before.
import type { Model, Score } from "../core/infer.js";

export type Order =
  | { core: ArrayBuffer; file: ArrayBuffer }
  | { image: Blob; explained: boolean }
  | { image: Blob; size: number };

export interface Explained {
  /** The image at its own size, and the map of the log-odds, side x side. */
  grey: Uint8Array<ArrayBuffer>;
  width: number;
  height: number;
  map: Float32Array;
  side: number;
}

type Ready = Pick<Model, "metadata" | "classes" | "threshold">;
export type Answer =
  | { ready: Ready }
  | { score: Score; explained?: Explained }
  | { pixels: Uint8Array<ArrayBuffer> }
  | { error: string };

export interface Scorer extends Ready {
  /** Rejects with an Error where the image cannot be read. */
  score(image: Blob): Promise<Score>;
  explain(image: Blob): Promise<Explained>;
  /** size x size RGB, as a model sees it. */
  pixels(image: Blob, size: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The model's own. */
  file: ArrayBuffer;
  close(): void;
}

/** Each holds the model and its workspace: no more than this, on any computer. */
const MOST_WORKERS = 8;

interface Task {
  order: Order;
  done(answer: Answer): void;
}

/** Throws an Error where the model is not usable. */
export async function createScorer(core: ArrayBuffer, file: ArrayBuffer): Promise<Scorer> {
  const count = Math.min(navigator.hardwareConcurrency || 1, MOST_WORKERS);
  const workers = Array.from({ length: count }, () => new Worker("worker.js"));
  const close = () => workers.forEach((worker) => worker.terminate());
  try {
    // The first one tells what is wrong with a model before the others take memory for it.
    const { ready } = (await ask(workers[0], { core, file })) as { ready: Ready };
    await Promise.all(workers.slice(1).map((worker) => ask(worker, { core, file })));
    const put = queue(workers);
    const done = <A extends Answer>(order: Order, first = false) =>
      new Promise<A>((resolve, reject) =>
        put({ order, done: (answer) => ("error" in answer ? reject(new Error(answer.error)) : resolve(answer as A)) }, first),
      );
    return {
      ...ready,
      close,
      file,
      score: async (image) => (await done<{ score: Score }>({ image, explained: false })).score,
      explain: async (image) => (await done<{ score: Score; explained: Explained }>({ image, explained: true }, true)).explained,
      pixels: async (image, size) => (await done<{ pixels: Uint8Array<ArrayBuffer> }>({ image, size })).pixels,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function queue(workers: Worker[]): (task: Task, first: boolean) => void {
  const idle = [...workers];
  const waiting: Task[] = [];
  const next = () => {
    while (idle.length > 0 && waiting.length > 0) {
      const worker = idle.pop()!;
      const { order, done } = waiting.shift()!;
      void ask(worker, order)
        .catch((error: Error): Answer => ({ error: error.message }))
        .then((answer) => {
          idle.push(worker);
          done(answer);
          next();
        });
    }
  };
  return (task, first) => {
    if (first) waiting.unshift(task);
    else waiting.push(task);
    next();
  };
}

/** One order's answer; rejects where the worker itself fails, or the order is one that has to succeed. */
const ask = (worker: Worker, order: Order): Promise<Answer> =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Answer>) =>
      "core" in order && "error" in data ? reject(new Error(data.error)) : resolve(data);
    worker.onerror = (event) => reject(new Error(event.message || "the worker has ended"));
    worker.postMessage(order);
  });
