// Scores images on several Web Workers, in order of arrival; the image that the user views comes first.
import { MAX_FILE_BYTES } from "../image/bounds.js";
import type { Noted } from "../image/notes.js";
import type { ImageFile, Model, Score } from "../lib/index.js";
import { sha256 } from "./sha256.js";
import { newWorker } from "./workers.js";

/** `Image`: a Blob, or its bytes. */
export type Order<Image = ImageFile> =
  | { file: ArrayBuffer }
  | { image: Image; explained: boolean }
  | { image: Image; size: number };

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
  order: Exclude<Order<Blob>, { file: ArrayBuffer }>;
  done(answer: Answer): void;
}

/** Throws an Error if the model is not usable. */
export async function createScorer(file: ArrayBuffer): Promise<Scorer> {
  const count = Math.min(navigator.hardwareConcurrency || 1, MOST_WORKERS);
  const workers = Array.from({ length: count }, () => connect(newWorker("worker")));
  const closed = Promise.withResolvers<never>();
  closed.promise.catch(() => {});
  const close = () => {
    workers.forEach(({ end }) => end());
    closed.reject(new Error("The model has been closed."));
  };
  try {
    // The first worker checks the model before the others allocate memory for it.
    const { ready } = await load(workers[0], file);
    await Promise.all(workers.slice(1).map((worker) => load(worker, file)));
    const put = queue(workers);
    const done = <A extends Answer>(order: Task["order"], first = false) => {
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

/** Orders that a worker has at a time: it works on one, and never waits for the next. */
const ORDERS = 2;

function queue(workers: readonly Connection[]): (task: Task, first: boolean) => void {
  const slots = workers.map((worker) => ({ worker, taken: 0 }));
  const waiting: Task[] = [];
  const next = () => {
    while (waiting.length > 0) {
      const slot = slots.reduce((least, one) => (one.taken < least.taken ? one : least));
      if (slot.taken === ORDERS) return;
      const { order, done } = waiting.shift()!;
      slot.taken++;
      void readAhead(order)
        .then(slot.worker.ask)
        .catch((error: Error): Answer => ({ error: error.message }))
        .then((answer) => {
          slot.taken--;
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

/** The order with the image's bytes, unless they are too many: the worker then refuses the file. */
const readAhead = async (order: Task["order"]): Promise<Order> =>
  order.image.size > MAX_FILE_BYTES ? order : { ...order, image: await order.image.arrayBuffer() };

async function load({ ask }: Connection, file: ArrayBuffer): Promise<{ ready: Ready }> {
  const answer = await ask({ file });
  if ("error" in answer) throw new Error(answer.error);
  return answer as { ready: Ready };
}

interface Connection {
  /** Rejects if the worker fails. */
  ask(order: Order): Promise<Answer>;
  end(): void;
}

/** A worker answers its orders one after another. */
function connect(worker: Worker): Connection {
  const asked: PromiseWithResolvers<Answer>[] = [];
  worker.onmessage = ({ data }: MessageEvent<Answer>) => asked.shift()?.resolve(data);
  worker.onerror = (event) => {
    for (const { reject } of asked.splice(0)) reject(new Error(event.message || "the worker has failed"));
  };
  const ask = (order: Order) => {
    const answer = Promise.withResolvers<Answer>();
    worker.postMessage(order, "image" in order && order.image instanceof ArrayBuffer ? [order.image] : []);
    asked.push(answer);
    return answer.promise;
  };
  return { ask, end: () => worker.terminate() };
}
