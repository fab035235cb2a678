import type { Section, Text } from "../blocks.js";
import { plural } from "../format.js";
import type { ReportInput } from "../input.js";
import type { RunSettings } from "../results.js";

/** Lanes of the wasm core by mode (EnvironmentFacts.wasm). */
const WASM: Record<string, string> = {
  simd: "128-bit SIMD",
  relaxed: "128-bit SIMD with relaxed multiply-add",
  revec: "128-bit SIMD with relaxed multiply-add, paired into 256 bits by V8",
};

/** Written from the run's own settings. */
export function method({ results: { settings, environment } }: ReportInput): Section[] {
  return [{
    id: "method",
    title: "Method",
    blocks: [
      {
        kind: "paragraph",
        text: `Each model was trained for ${plural(settings.epochs, "epoch")} with Adam (learning rate ${settings.lr}, batches of ` +
          `${settings.batchSize}) on the mean cross-entropy of two logits, the training images shuffled anew every epoch from seed ` +
          `${settings.seed}. No augmentation, no early stopping; the weights after the last epoch are the ones evaluated. ` +
          "Training time is the training loop alone, without decoding and evaluation.",
      },
      {
        kind: "paragraph",
        text: "An image counts as PNEUMONIA where its probability is above 0.5. Rates are scikit-learn's, 0 where a denominator is 0; " +
          "AUC is the trapezoidal area under the ROC curve. Validation data chose nothing here.",
      },
      { kind: "facts", facts: facts(settings) },
      {
        kind: "facts",
        facts: [
          ["pulmo", environment.pulmo],
          ["Node.js", environment.node],
          ["System", [{ code: environment.platform }]],
          ["CPU", [{ code: environment.cpu }]],
          ["Cores", `${environment.physicalCores} physical, ${plural(environment.threads, "thread")} used`],
          ["Memory", `${environment.memoryGiB.toFixed(1)} GiB`],
          ["Kernels", Object.hasOwn(WASM, environment.wasm) ? `WebAssembly, ${WASM[environment.wasm]} (${environment.wasm})` : [{ code: environment.wasm }]],
        ],
      },
      {
        kind: "group",
        title: "To reproduce",
        blocks: [
          { kind: "paragraph", text: "The same command on the same files in the same kernel mode gives the same numbers, whatever the number of threads." },
          { kind: "listings", listings: [{ label: "Command", text: settings.command }] },
        ],
      },
    ],
  }];
}

function facts(settings: RunSettings): [string, Text][] {
  const started = Date.parse(settings.startedAt);
  const minutes = (Date.parse(settings.finishedAt) - started) / 60_000;
  return [
    ["Recipe", [{ code: settings.recipe }]],
    ["Initial weights", settings.weights === null ? "random" : [{ code: settings.weights }]],
    ["Started", [{ code: settings.startedAt }]],
    ["Finished", [{ code: settings.finishedAt }, ...(Number.isFinite(minutes) ? [` (${minutes.toFixed(1)} minutes in all)`] : [])]],
  ];
}
