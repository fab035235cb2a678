// What happens between processes and over time. A scenario is a story that must end well; each file of scenarios/ tells some.
import { readdirSync } from "node:fs";

export interface Scenario {
  name: string;
  /** Takes more than a few seconds, or needs much disk or memory: not in `npm test`. */
  slow?: boolean;
  /** Rejects (an assertion) where something does not hold. */
  run(): Promise<void>;
}

const FOLDER = new URL("scenarios/", import.meta.url);

/** Those of each file's export `scenarios`, named "file: name". */
export async function allScenarios(): Promise<Scenario[]> {
  const files = readdirSync(FOLDER)
    .filter((file) => file.endsWith(".js"))
    .sort();
  const told = files.map(async (file) => {
    const { scenarios }: { scenarios: Scenario[] } = await import(new URL(file, FOLDER).href);
    return scenarios.map((scenario) => ({ ...scenario, name: `${file.slice(0, -3)}: ${scenario.name}` }));
  });
  return (await Promise.all(told)).flat();
}
