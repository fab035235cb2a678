// Whether coverage guides better than chance: for each reader, both have a process of their own, the same corpus, seed and processor
// time. What each reached is counted in the same blocks.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Area, Place } from "./areas/area.js";
import { areasOf } from "./areas/index.js";
import { attack } from "./attack.js";
import { countBlocks, type Reached, reachedFrom, writeReached } from "./coverage.js";

export interface Comparison {
  area: string;
  /** Files that were read, and blocks that ran. */
  blind: { tried: number; blocks: number };
  guided: { tried: number; blocks: number };
}

const HERE = fileURLToPath(import.meta.url);

/** `seconds` of processor time for each of the two. */
export function compare(place: Place, { name }: Area, seconds: number, seed: number): Comparison {
  const [blind, guided] = ["blind", "guided"].map((mode) => {
    const out = join(place.folder, `reached-${mode}.json`);
    const args = [HERE, JSON.stringify(place), name, mode, String(seconds), String(seed), out];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
    if (status !== 0) throw new Error(`${name}, ${mode}: ${stderr}`);
    const { tried, reached } = JSON.parse(readFileSync(out, "utf8"));
    return { tried: tried as number, reached: reachedFrom(reached) };
  });
  const blocks = (one: Map<string, Reached>, other: Map<string, Reached>) => countBlocks(one, other);
  return {
    area: name,
    blind: { tried: blind.tried, blocks: blocks(blind.reached, guided.reached) },
    guided: { tried: guided.tried, blocks: blocks(guided.reached, blind.reached) },
  };
}

if (process.argv[1] === HERE) {
  const [place, name, mode, seconds, seed, out] = process.argv.slice(2);
  const area = areasOf(JSON.parse(place)).find((one) => one.name === name)!;
  const options = { seed: Number(seed), count: Infinity, milliseconds: Number(seconds) * 1000, blind: mode === "blind" };
  const { tried, coverage } = await attack(area, options);
  writeFileSync(out, JSON.stringify({ tried, reached: writeReached(coverage.reached) }));
  process.exit(0);
}
