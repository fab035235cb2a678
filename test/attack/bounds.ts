// docs/RELIABILITY.md's bounds, for small files that are made to cost much: each in a process of its own, by every reader of its kind.
import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ADVERSARIAL } from "./adversarial.js";
import type { Place } from "./areas/area.js";
import { areasOf } from "./areas/index.js";
import type { Outcome, Reading } from "./attack.js";

/** The areas that read a kind of file, where they are several. */
const READERS: Record<string, string[]> = {
  ".safetensors": [".safetensors", "checkpoint"],
  PNG: ["PNG", "images in the page"],
  JPEG: ["JPEG", "images in the page"],
  DICOM: ["DICOM", "DICOM tags", "images in the page"],
  "metrics.json": ["metrics.json", "report"],
  labels: ["labels", "labels of a folder", "list of a dataset", "text of a list"],
};

const ONE = fileURLToPath(new URL("one.js", import.meta.url));
/** What hangs is ended. */
const PATIENCE = 60_000;

/** What one reader makes of one file. */
function measured(place: Place, area: string, path: string): Promise<Reading> {
  const child = spawn(process.execPath, [ONE, JSON.stringify(place), area, path], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    timeout: PATIENCE,
    killSignal: "SIGKILL",
  });
  const said = ["", ""];
  [child.stdio[2], child.stdio[3]].forEach((stream, i) => stream?.on("data", (piece) => (said[i] += piece)));
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code, signal) => {
      const [errors, found] = said;
      const ended = `ended with ${signal ?? code}: ${errors.split("\n").find((line) => /Error/.test(line)) ?? errors.slice(0, 200)}`;
      resolve(found ? JSON.parse(found) : { fault: ended, milliseconds: PATIENCE, mebibytes: 0 });
    });
  });
}

export interface Bounds extends Outcome {
  /** MiB of the case that took most. */
  largest: number;
}

export interface BoundsOptions {
  wanted?(area: string): boolean;
  /** Only those of adversarial.ts that are quickly made and read. */
  quick?: boolean;
  /** Receives each file that does not hold. */
  onFault?(area: string, bytes: Uint8Array, fault: string): void;
}

/** An outcome for each area that has such files, as each ends. */
export async function* attackBounds(
  place: Place,
  { wanted = () => true, quick = false, onFault }: BoundsOptions = {},
): AsyncGenerator<Bounds> {
  const path = join(place.folder, "adversarial");
  const known = new Set(areasOf(place).map(({ name }) => name));
  const cases = ADVERSARIAL.filter((one) => !quick || one.quick).flatMap((one) =>
    (READERS[one.area] ?? [one.area]).map((area) => ({ ...one, area })),
  );
  for (const area of new Set(cases.map((one) => one.area))) {
    if (!known.has(area)) throw new Error(`No reader is called ${area}`);
    if (!wanted(area)) continue;
    const outcome: Bounds = { area: `${area}, costly`, tried: 0, held: 0, failed: [], slowest: 0, largest: 0 };
    for (const { name, bytes } of cases.filter((one) => one.area === area)) {
      const given = bytes();
      writeFileSync(path, given);
      const { fault, milliseconds, mebibytes } = await measured(place, area, path);
      outcome.tried++;
      outcome.slowest = Math.max(outcome.slowest, milliseconds);
      outcome.largest = Math.max(outcome.largest, mebibytes);
      if (fault === undefined) outcome.held++;
      else {
        outcome.failed.push(`${area}, ${name}: ${fault}`);
        onFault?.(area, given, fault);
      }
    }
    yield outcome;
  }
  rmSync(path, { force: true });
}
