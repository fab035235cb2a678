// `npm run attack`: --mutations 10000 --kills 200 --seed 1 --area CSV (one reader alone) --scenario archives (those whose names contain it).
// A line each; exit code 1 where something did not hold.
import { parseArgs } from "node:util";
import { openAreas } from "./areas.js";
import { attack, attackByKills, mostMemory, type Outcome } from "./attack.js";
import { allScenarios } from "./scenarios.js";

const { values } = parseArgs({
  options: {
    mutations: { type: "string", default: "10000" },
    kills: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    area: { type: "string" },
    scenario: { type: "string" },
  },
});
const [mutations, kills, seed] = [values.mutations, values.kills, values.seed].map(Number);
let failures = 0;
const tell = ({ area, tried, held, failed, slowest }: Outcome) => {
  const longest = slowest > 0 ? `, the slowest ${Math.round(slowest)} ms` : "";
  console.log(`${area}: ${tried} tried, ${held} held, ${failed.length} failed${longest}`);
  for (const line of failed.slice(0, 5)) console.log(`  ${line}`);
  failures += failed.length;
};

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

async function attackReaders(): Promise<void> {
  const areas = (await openAreas()).filter(({ name }) => values.area === undefined || name === values.area);
  for (const area of areas) tell(await attack(area, mutations, seed));
}

if (values.scenario === undefined) await attackReaders();
if (values.area === undefined) await playScenarios();
if (values.area === undefined && values.scenario === undefined) tell(await attackByKills(kills, seed));
console.log(`most memory: ${mostMemory()} MiB`);
process.exitCode = failures > 0 ? 1 : 0;
