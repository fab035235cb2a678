import { createTerminal } from "../run/terminal.js";
import { trainAll } from "../run/training/train.js";
import { trainings } from "../settings/settings.js";
import { adviseToResume, requestOf, type TrainingArguments, trainingOf } from "./request.js";

/** `train`: trains the models and saves them. `run --resume` on its folder evaluates them later. */
export async function train(argv: TrainingArguments): Promise<void> {
  const given = trainingOf(argv);
  const request = await requestOf("train", given, argv.resume as string | undefined);
  adviseToResume(request);
  const { options, models } = await trainAll(request, createTerminal(given.quiet === true));
  if (!given.json) return;
  const trained = trainings(options).map(({ key }) => {
    const { params, trainSeconds, epochs } = models[key];
    return [key, { params, trainSeconds, epochs }];
  });
  process.stdout.write(`${JSON.stringify({ out: request.out, models: Object.fromEntries(trained) })}\n`);
}
