// Decodes images ahead of a sequential reader, through a file of a few hundred rows. Memory and disk use stay constant.
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chunkFor } from "./decode-all.js";
import { acceptRow, type DecodedRow } from "./decode-rows.js";
import { type Decoder, openDecoder } from "./decoder.js";
import { readFully, removeAtExit } from "./files.js";
import { refuseTemporary, refuseTemporaryFolder } from "./write-errors.js";
import { removeAbandoned, temporaryName } from "./writers.js";

/** The result of a task whose files were all read. */
const READ: Promise<DecodedRow[]> = Promise.resolve([]);

/** Tasks per thread that are being decoded or wait to be read. Their rows make up the file. */
const TASKS_AHEAD = 4;

export interface DecodeStream {
  /** Copies image i's pixels into `into` (zeros if unreadable) and returns its record. Call once for each i, roughly in order. */
  read(i: number, into: Uint8Array): Promise<DecodedRow>;
  close(): Promise<void>;
}

export interface StreamOptions {
  /** Edge length of the rows in pixels. */
  size: number;
  threads: number;
  /** Images whose file states another body part than the chest are read; else they count as unreadable. */
  anyBodyPart?: boolean | undefined;
  /** Opened before, for at least as many threads. */
  decoder?: Decoder | undefined;
}

/** A group of files. Task t and task t + `ahead` use the same rows of the file. */
interface Task {
  rows: Promise<DecodedRow[]>;
  /** Files that have not been read yet. The last one calls `free`. */
  left: number;
  free: () => void;
  freed: Promise<void>;
}

/** The rows are RGB. A failed write of the temporary file is a WriteError; an InputError, if it cannot be created. */
export async function decodeStream(
  files: string[],
  { size, threads, anyBodyPart = false, decoder: opened }: StreamOptions,
): Promise<DecodeStream> {
  const rowBytes = size * size * 3;
  const chunk = chunkFor(files.length, threads);
  const tasksInAll = Math.ceil(files.length / chunk);
  const ahead = TASKS_AHEAD * threads;
  const pixels = join(tmpdir(), "pulmo.pixels");
  await removeAbandoned(pixels);
  const path = temporaryName(pixels);
  const file = await open(path, "wx+", 0o600).catch(refuseTemporaryFolder);
  const forget = removeAtExit(path);
  const used = Math.min(threads, tasksInAll);
  const decoder = opened ?? openDecoder(used);
  const tasks: Task[] = [];
  const begin = (t: number): Task => {
    const names = files.slice(t * chunk, (t + 1) * chunk);
    const before = t < ahead ? Promise.resolve() : tasks[t - ahead].freed;
    const request = { root: "", files: names, firstRow: (t % ahead) * chunk, cacheFile: path, size };
    const rows = before.then(() => decoder.decode(request, used));
    // The reader handles the error; this prevents an unhandled rejection.
    rows.catch(() => {});
    let free = () => {};
    const freed = new Promise<void>((resolve) => (free = resolve));
    return { rows, left: names.length, free, freed };
  };
  const beginUntil = (end: number) => {
    while (tasks.length < Math.min(end, tasksInAll)) tasks.push(begin(tasks.length));
  };
  beginUntil(ahead);

  return {
    async read(i, into) {
      const [t, row] = [Math.floor(i / chunk), i % chunk];
      beginUntil(t + 1 + ahead);
      const task = tasks[t];
      const record = acceptRow((await task.rows.catch(refuseTemporary))[row], anyBodyPart);
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
