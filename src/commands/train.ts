import { createTerminal } from "../run/terminal.js";
import { trainAll } from "../run/training/train.js";
import { trainings } from "../settings/settings.js";
import { adviseToResume, requestOf, type TrainingArguments } from "./request.js";

/** `train`: trains the models and saves them. `run --resume` on its folder evaluates them later. */
export async function train(typed: TrainingArguments): Promise<void> {
  const request = await requestOf("train", typed);
  adviseToResume(request);
  const { options, models } = await trainAll(request, createTerminal(typed.quiet));
  if (!typed.json) return;
  const trained = trainings(options).map(({ key }) => {
    const { params, trainSeconds, epochs } = models[key];
    return [key, { params, trainSeconds, epochs }];
  });
  process.stdout.write(`${JSON.stringify({ out: request.out, models: Object.fromEntries(trained) })}\n`);
}
