// The view that continues training the open model on the user's X-rays, or adapts it to them.

import type { AdaptationFigures } from "../../eval/adaptation-figures.js";
import type { TrainingStep } from "../../lib/training.js";
import { byId, download } from "../elements.js";
import { currentScorer, modelsOpened, openModel } from "../session.js";
import { tell, word } from "../speech.js";
import { newWorker } from "../workers.js";
import { appliedFits, drawAdaptation } from "./adaptation.js";
import { boxesReady, drawBoxes, MOST_IMAGES, readBoxes, total, watchBoxes } from "./boxes.js";
import { drawLosses } from "./curve.js";
import { readSettings, watchSettings } from "./form.js";
import type { Format, TrainerAnswer, TrainerOrder } from "./trainer.js";

const DRAW_EVERY = 200;

const losses: number[] = [];
let phase: "idle" | "reading" | "adapting" | "training" | "paused" | "finished" = "idle";
let trainer: Worker | undefined;
let last: TrainingStep | undefined;
let adaptation: AdaptationFigures | undefined;
let drawn = 0;
let onSaved: (saved: Blob) => void = () => {};

const order = (one: TrainerOrder) => trainer!.postMessage(one);
/** Whether the view is open. */
export const isTraining = (): boolean => !byId("train").hidden;
/** Whether opening another model would end a training. */
export const hasTraining = (): boolean => phase !== "idle";

export function drawTraining(): void {
  const classes = currentScorer()?.classes ?? ["", ""];
  drawBoxes(classes);
  byId<HTMLFieldSetElement>("settings").disabled = phase !== "idle";
  byId("start").hidden = byId("adapt").hidden = phase !== "idle";
  byId("pause").hidden = phase !== "training" && phase !== "paused";
  byId("pause").textContent = word(phase === "paused" ? "go" : "pause");
  byId("discard").hidden = phase === "idle" || phase === "reading";
  byId("keep").hidden = phase !== "paused" && phase !== "finished";
  drawLosses(losses);
  drawAdaptation(adaptation);
}

function enter(next: typeof phase): void {
  phase = next;
  drawTraining();
}

function discard(): void {
  trainer?.terminate();
  trainer = undefined;
  losses.length = 0;
  adaptation = undefined;
  byId("progress").hidden = true;
  tell();
  enter("idle");
}

async function start(what: "start" | "adapt"): Promise<void> {
  if (!boxesReady()) return tell("boxesFirst", { most: MOST_IMAGES });
  const settings = readSettings();
  enter("reading");
  try {
    // A model that is still being opened may have other classes, which empties the boxes.
    await modelsOpened();
    drawTraining();
    if (!boxesReady()) {
      tell("boxesFirst", { most: MOST_IMAGES });
      return enter("idle");
    }
    const scorer = currentScorer()!;
    const { file, classes, metadata } = scorer;
    const images = await readBoxes(scorer);
    trainer = newWorker("trainer");
    trainer.onmessage = ({ data }: MessageEvent<TrainerAnswer>) => hear(data);
    trainer.onerror = (event) => hear({ error: event.message || "the training has failed" });
    const options = { ...settings, model: String(metadata.model) };
    const begin = { images, classes, file: new Uint8Array(file) };
    const { threads } = settings;
    const given: TrainerOrder = what === "start" ? { start: { ...begin, options } } : { adapt: { ...begin, threads } };
    trainer.postMessage(
      given,
      images.map(({ pixels }) => pixels.data.buffer),
    );
    if (what === "start") tell("trainStarts", { threads: crossOriginIsolated ? threads : 1 });
  } catch (error) {
    enter("idle");
    throw error;
  }
}

function hear(answer: TrainerAnswer): void {
  if ("step" in answer) {
    const { loss, step, steps, epoch, epochs, accuracy, imagesPerSecond, secondsLeft } = (last = answer.step);
    losses.push(answer.step.stepLoss);
    // From its first step on, the training can be paused.
    if (phase === "reading") enter("training");
    if (performance.now() - drawn < DRAW_EVERY) return;
    drawn = performance.now();
    const figures = {
      loss: loss.toFixed(4),
      accuracy: accuracy.toFixed(3),
      speed: imagesPerSecond.toFixed(1),
      left: Math.ceil(secondsLeft),
    };
    tell("trainStep", { epoch, epochs, step, steps, ...figures });
    drawLosses(losses);
  } else if ("scored" in answer) {
    if (phase === "reading") enter("adapting");
    const { scored: done } = answer;
    if (done === total()) tell("adaptFits");
    else tell("scoring", { done, total: total() });
  } else if ("adapted" in answer) {
    adaptation = answer.adapted;
    const fits = appliedFits(adaptation).join(", ");
    tell(fits ? "adapted" : "adaptedNothing", { fits });
    enter("finished");
  } else if ("paused" in answer) {
    tell("trainPaused");
    enter("paused");
  } else if ("finished" in answer) {
    tell("trainFinished", { loss: last!.loss.toFixed(4), accuracy: last!.accuracy.toFixed(3) });
    enter("finished");
  } else if ("saved" in answer) onSaved(answer.saved);
  else {
    discard();
    tell("failed", { error: answer.error });
  }
}

function save(format: Format, then: (saved: Blob) => void): void {
  onSaved = then;
  order({ save: format });
}

const toDisk = (format: Format) => save(format, (saved) => download(`${currentScorer()!.metadata.model}.${format}`, saved));

function show(training: boolean): void {
  byId("train").hidden = !training;
  byId("drop").hidden = training;
  byId("score").hidden = training;
  byId("to-train").ariaPressed = String(training);
  byId("to-score").ariaPressed = String(!training);
  tell();
  drawTraining();
}

/** `attempt` runs an action of the user and shows its error. */
export function watchTraining(attempt: (work: () => Promise<void>) => void): void {
  byId("to-score").onclick = () => show(false);
  byId("to-train").onclick = () => show(true);
  watchBoxes(attempt, () => phase === "idle", drawTraining);
  watchSettings();
  byId("start").onclick = () => attempt(() => start("start"));
  byId("adapt").onclick = () => attempt(() => start("adapt"));
  byId("pause").onclick = () => {
    if (phase === "training") return order({ pause: true });
    enter("training");
    order({ go: true });
  };
  byId("discard").onclick = discard;
  byId("save-tensors").onclick = () => toDisk("safetensors");
  byId("save-model").onclick = () => toDisk("pulmo");
  byId("use").onclick = () =>
    save("pulmo", (saved) =>
      attempt(async () => {
        await openModel(await saved.arrayBuffer());
        show(false);
      }),
    );
}
