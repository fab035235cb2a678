// Scores images on several Web Workers, in order of arrival; the image that the user views comes first.
import type { Noted } from "../image/notes.js";
import type { Model, Score } from "../lib/index.js";
import { sha256 } from "./sha256.js";
import { newWorker } from "./workers.js";

export type Order = { file: ArrayBuffer } | { image: Blob; explained: boolean } | { image: Blob; size: number };

export interface Explained {
  /** The image in its original size, and the map of log-odds, side x side. */
  grey: Uint8Array<ArrayBuffer>;
  width: number;
  height: number;
  map: Float32Array;
  side: number;
}

type Ready = Pick<Model, "metadata" | "classes" | "threshold">;
export type Answer =
  | { ready: Ready }
  | { score: Score & Noted; explained?: Explained }
  | { pixels: Uint8Array<ArrayBuffer> }
  | { error: string };

export interface Scorer extends Ready {
  /** Rejects with an Error if the image cannot be read. */
  score(image: Blob): Promise<Score & Noted>;
  explain(image: Blob): Promise<Explained>;
  /** The model's input: size x size RGB. */
  pixels(image: Blob, size: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The model file. */
  file: ArrayBuffer;
  /** Of the model file, hexadecimal; undefined on plain HTTP. */
  hash?: string;
  /** Ends the workers. What is not scored yet is rejected. */
  close(): void;
}

/** Each worker has a copy of the model. */
const MOST_WORKERS = 8;

interface Task {
  order: Order;
  done(answer: Answer): void;
}

/** Throws an Error if the model is not usable. */
export async function createScorer(file: ArrayBuffer): Promise<Scorer> {
  const count = Math.min(navigator.hardwareConcurrency || 1, MOST_WORKERS);
  const workers = Array.from({ length: count }, () => newWorker("worker"));
  const closed = Promise.withResolvers<never>();
  closed.promise.catch(() => {});
  const close = () => {
    workers.forEach((worker) => worker.terminate());
    closed.reject(new Error("The model has been closed."));
  };
  try {
    // The first worker checks the model before the others allocate memory for it.
    const { ready } = (await ask(workers[0], { file })) as { ready: Ready };
    await Promise.all(workers.slice(1).map((worker) => ask(worker, { file })));
    const put = queue(workers);
    const done = <A extends Answer>(order: Order, first = false) => {
      const answered = new Promise<A>((resolve, reject) =>
        put({ order, done: (answer) => ("error" in answer ? reject(new Error(answer.error)) : resolve(answer as A)) }, first),
      );
      return Promise.race([answered, closed.promise]);
    };
    const hash = await sha256(file);
    return {
      ...ready,
      close,
      file,
      ...(hash && { hash }),
      score: async (image) => (await done<{ score: Score & Noted }>({ image, explained: false })).score,
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

/** The answer to one order. Rejects if the worker fails, or if the model cannot be loaded. */
const ask = (worker: Worker, order: Order): Promise<Answer> =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Answer>) =>
      "file" in order && "error" in data ? reject(new Error(data.error)) : resolve(data);
    worker.onerror = (event) => reject(new Error(event.message || "the worker has failed"));
    worker.postMessage(order);
  });
