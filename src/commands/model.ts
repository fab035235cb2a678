import { pick, SETTINGS } from "../settings/table.js";
import { ENTRY, NOT_CLINICAL } from "./common.js";
import { defineCommand, defineGroup } from "./define.js";

/** The facts of a model card, of any model file. */
const info = defineCommand({
  command: "info [model]",
  describe: "Say what a model file is: training, data, figures, limits",
  positionals: {
    model: {
      describe: "Model folder of a run, checkpoint or .pulmo file (default: the ResNet-18 that comes with pulmo)",
      optional: true,
    },
  },
  options: { ...ENTRY, ...pick(SETTINGS, "json") },
  examples: ["model info", "model info runs/first/resnet18"],
  notes: [NOT_CLINICAL],
  async run({ entry, json }, { stdout }, { model }) {
    const { modelInfo, modelInfoText } = await import("../lib/tools/model-info.js");
    const found = await modelInfo({ checkpoint: model, entry });
    stdout.write(json ? `${JSON.stringify(found)}\n` : modelInfoText(found));
  },
});

export const model = defineGroup("model", "Say what a model file is", [info]);
