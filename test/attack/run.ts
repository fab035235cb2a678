// `npm run attack`: --mutations 10000 --seconds 60 (of the processor, for each reader) --kills 200 --seed 1 --area "PNG;labels" (these readers alone)
// --scenario archives (those whose names contain it) --blind (without coverage) --compare (blocks reached, blind and guided)
// --keep DIR (receives the files that do not hold). A line each; exit code 1 where something did not hold.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { areasOf, makePlace } from "./areas/index.js";
import { type AttackOptions, attack, type Outcome } from "./attack.js";
import { attackBounds } from "./bounds.js";
import { compare } from "./compare.js";
import { attackByKills } from "./kills.js";
import { mostMemory } from "./memory.js";
import { sha256 } from "./repairs.js";
import { allScenarios } from "./scenarios.js";

const { values } = parseArgs({
  options: {
    mutations: { type: "string", default: "10000" },
    seconds: { type: "string", default: "Infinity" },
    kills: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    area: { type: "string" },
    scenario: { type: "string" },
    blind: { type: "boolean", default: false },
    compare: { type: "boolean", default: false },
    keep: { type: "string" },
  },
});
const [mutations, seconds, kills, seed] = [values.mutations, values.seconds, values.kills, values.seed].map(Number);
/** Seconds. */
const MOST_COMPARED = 30;
let failures = 0;

/** The same fault is told once. */
function tell({ area, tried, held, failed, slowest }: Outcome, more = ""): void {
  const longest = slowest > 0 ? `, the slowest ${Math.round(slowest)} ms` : "";
  console.log(`${area}: ${tried} tried, ${held} held, ${failed.length} failed${longest}${more}`);
  const kinds = new Map(failed.map((line) => [line.replace(/^.*?seed \d+: /, "").replace(/".*?"|\d+/g, ""), line]));
  for (const line of [...kinds.values()].slice(0, 10)) console.log(`  ${line}`);
  failures += failed.length;
}

function keep(area: string, bytes: Uint8Array, fault: string): void {
  if (values.keep === undefined) return;
  const name = join(values.keep, `${area.replaceAll(/[^\w.]+/g, "-")}-${sha256(bytes).slice(0, 8)}`);
  mkdirSync(values.keep, { recursive: true });
  writeFileSync(name, bytes);
  writeFileSync(`${name}.txt`, `${fault}\n`);
}

async function attackReaders(): Promise<void> {
  const wanted = (name: string) => values.area === undefined || values.area.split(";").includes(name);
  const place = await makePlace();
  const areas = areasOf(place).filter(({ name }) => wanted(name) && mutations > 0);
  for (const area of areas) {
    const onFault = (bytes: Uint8Array, fault: string) => keep(area.name, bytes, fault);
    const options: AttackOptions = { seed, count: mutations, milliseconds: seconds * 1000, blind: values.blind, onFault };
    if (values.compare) {
      const { blind, guided } = compare(place, area, Math.min(seconds, MOST_COMPARED), seed);
      console.log(`${area.name}: guided ${guided.blocks} blocks, ${guided.tried} files; blind ${blind.blocks}, ${blind.tried}`);
      continue;
    }
    const after = await attack(area, options);
    tell(after, `, ${after.coverage.blocks()} blocks`);
  }
  if (values.compare) return;
  for await (const outcome of attackBounds(place, { wanted, onFault: keep })) tell(outcome, `, at most ${outcome.largest} MiB`);
}

async function playScenarios(): Promise<void> {
  for (const { name, run } of await allScenarios()) {
    if (!name.includes(values.scenario ?? "")) continue;
    const fault = await run().then(
      () => undefined,
      (error: Error) => error.stack ?? String(error),
    );
    console.log(`${name}: ${fault ?? "held"}`);
    if (fault !== undefined) failures++;
  }
}

if (values.scenario === undefined) await attackReaders();
if (values.area === undefined && !values.compare) await playScenarios();
if (values.area === undefined && values.scenario === undefined && kills > 0) tell(await attackByKills(kills, seed));
console.log(`most memory: ${mostMemory()} MiB`);
process.exitCode = failures > 0 ? 1 : 0;
