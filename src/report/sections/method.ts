import type { EnvironmentFacts, RunSettings } from "../../results/metrics.js";
import type { Section, Text } from "../blocks.js";
import type { ReportInput } from "../input.js";
import type { Words } from "../text/index.js";

/** How the models were trained and evaluated, and on which machine, from the run's settings. */
export function method({ results: { settings, environment }, t }: ReportInput): Section[] {
  const m = t.method;
  return [
    {
      id: "method",
      title: m.title,
      folded: `${m.recipe}: ${settings.recipe}; pulmo ${environment.pulmo}, ${environment.cpu}`,
      blocks: [
        { kind: "paragraph", text: trained(settings, t) },
        ...(settings.continued ? [{ kind: "paragraph", text: m.continued(settings.continued) } as const] : []),
        { kind: "paragraph", text: m.evaluation },
        { kind: "facts", facts: [...run(settings, t), ...machine(environment, t)] },
        {
          kind: "group",
          title: m.reproduce,
          blocks: [
            { kind: "paragraph", text: m.sameNumbers },
            { kind: "listings", listings: [{ label: m.command, text: settings.command }] },
          ],
        },
      ],
    },
  ];
}

function trained(settings: RunSettings, { method: m }: Words): string {
  if (settings.basis === "strong" || settings.basis === "scratch") return m.trained(settings) + m.strong;
  return settings.basis === "sample" ? `${m.training(settings)} ${m.cosine}` : m.training(settings);
}

function run(settings: RunSettings, t: Words): [string, Text][] {
  const m = t.method;
  const minutes = (Date.parse(settings.finishedAt) - Date.parse(settings.startedAt)) / 60_000;
  return [
    [m.recipe, [{ code: settings.recipe }]],
    [m.seeds, (settings.seeds ?? [settings.seed]).join(", ")],
    ...(settings.hidden ? [[m.hidden, settings.hidden.join(", ")] satisfies [string, Text]] : []),
    [m.weights, settings.weights === null ? m.random : [{ code: settings.weights }]],
    [m.started, [{ code: settings.startedAt }]],
    [m.finished, [{ code: settings.finishedAt }, ` (${m.minutes(minutes.toFixed(1))})`]],
    [m.commit, settings.commit ? [{ code: settings.commit }] : m.unknown],
  ];
}

function machine(environment: EnvironmentFacts, t: Words): [string, Text][] {
  const m = t.method;
  const { wasm } = environment;
  return [
    ["pulmo", environment.pulmo],
    ["Node.js", environment.node],
    [m.system, [{ code: environment.platform }]],
    ["CPU", [{ code: environment.cpu }]],
    [m.cores, m.coresAndThreads(environment.physicalCores, environment.threads)],
    [m.memory, `${environment.memoryGiB.toFixed(1)} GiB`],
    [m.kernels, Object.hasOwn(m.variants, wasm) ? `WebAssembly, ${m.variants[wasm]} (${wasm})` : [{ code: wasm }]],
  ];
}
