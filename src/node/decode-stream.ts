// Images decoded ahead of whoever reads them in order, through a file of a few hundred rows: memory and disk stay flat.
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chunkFor } from "./decode-all.js";
import type { DecodedRow } from "./decode-rows.js";
import { openDecoder } from "./decoder.js";
import { readFully, removeAtExit } from "./files.js";
import { removeAbandoned, temporaryName } from "./writers.js";

/** Of a task whose files were all read. */
const READ: Promise<DecodedRow[]> = Promise.resolve([]);

/** Tasks that are decoded or wait to be read, for each thread; their rows are the file's. */
const TASKS_AHEAD = 4;

export interface DecodeStream {
  /** Puts image i's pixels into `into`, zeros where it cannot be read, and returns its record. Once for each i, about in order. */
  read(i: number, into: Uint8Array): Promise<DecodedRow>;
  close(): Promise<void>;
}

/** A run of files, in a place of the file that it shares with the tasks that are a multiple of `ahead` before or after it. */
interface Task {
  rows: Promise<DecodedRow[]>;
  /** Files that were not read yet; `free` is called with the last. */
  left: number;
  free: () => void;
  freed: Promise<void>;
}

/** size: edge length in pixels; rows are RGB. A system error about the temporary file keeps its code. */
export async function decodeStream(files: string[], { size, threads }: { size: number; threads: number }): Promise<DecodeStream> {
  const rowBytes = size * size * 3;
  const chunk = chunkFor(files.length, threads);
  const ahead = TASKS_AHEAD * threads;
  const pixels = join(tmpdir(), "pulmo.pixels");
  await removeAbandoned(pixels);
  const path = temporaryName(pixels, true);
  const file = await open(path, "wx+");
  const forget = removeAtExit(path);
  const decoder = openDecoder(threads);
  const tasks: Task[] = [];
  const begin = (t: number): Task => {
    const names = files.slice(t * chunk, (t + 1) * chunk);
    const before = t < ahead ? Promise.resolve() : tasks[t - ahead].freed;
    const request = { root: "", files: names, firstRow: (t % ahead) * chunk, cacheFile: path, size };
    const rows = before.then(() => decoder.decode(request));
    // It is heard of by whoever reads.
    rows.catch(() => {});
    let free = () => {};
    const freed = new Promise<void>((resolve) => (free = resolve));
    return { rows, left: names.length, free, freed };
  };
  const beginUntil = (end: number) => {
    while (tasks.length < Math.min(end, Math.ceil(files.length / chunk))) tasks.push(begin(tasks.length));
  };
  beginUntil(ahead);

  return {
    async read(i, into) {
      const [t, row] = [Math.floor(i / chunk), i % chunk];
      beginUntil(t + 1 + ahead);
      const task = tasks[t];
      const record = (await task.rows)[row];
      if (record.unreadable) into.fill(0);
      else await readFully(file, into, ((t % ahead) * chunk + row) * rowBytes);
      if (--task.left === 0) {
        task.free();
        task.rows = READ;
      }
      return record;
    },
    async close() {
      await decoder.close();
      await file.close();
      await rm(path, { force: true });
      forget();
    },
  };
}
