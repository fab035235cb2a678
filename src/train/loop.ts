// The training loop: each epoch shuffles the images, each step replays the plan.
import type { PlanName } from "../core/program.js";
import type { StepRun } from "../core/steps.js";
import { type PlacedProgram, slotBytes, slotDoubles, slotFloats } from "../core/values.js";
import type { Pool } from "../core/worker-pool.js";
import { balancedOrder, epochOrder } from "../data/batches.js";
import type { PixelRows } from "../data/types.js";
import type { EpochResults } from "../results/metrics.js";
import { type Augmentation, drawView, plainView } from "./augment.js";
import { feedPixels } from "./feed.js";
import { SCHEDULES, type Schedule } from "./schedule.js";

/** The state of the loop. With the weights and moments it is enough to resume with the same bits. */
export interface TrainState {
  /** Results of the finished epochs. */
  history: EpochResults[];
  /** Finished steps of the current epoch, and its totals so far. */
  step: number;
  totals: { loss: number; correct: number; seconds: number };
}

export interface StepReport {
  epoch: number;
  epochs: number;
  step: number;
  steps: number;
  /** Mean over the images of the epoch so far. */
  loss: number;
  /** Loss of this step alone. */
  stepLoss: number;
  accuracy: number;
  imagesPerSecond: number;
  secondsLeft: number;
}

export interface TrainOptions {
  epochs: number;
  batchSize: number;
  seed: number;
  /** Undefined: as in the study. Each image once per epoch, without augmentation, at a constant learning rate. */
  balanced?: boolean;
  schedule?: Schedule;
  augmentation?: Augmentation | undefined;
  /** The first epochs, which train with smaller images, if the network has plans for them. */
  smallEpochs?: number | undefined;
  onStep?: (report: StepReport) => void;
  /** Awaited after every epoch. May add to the result, which is the last entry of the history. */
  onEpoch?: (epoch: number, result: EpochResults) => Promise<void> | void;
  /** Stops the training after the current step. */
  signal?: AbortSignal | undefined;
}

/** A program with memory, and a pool that runs its steps. */
export interface Trainable extends PlacedProgram {
  pool: Pool<PlanName>;
}

export const freshState = (): TrainState => ({ history: [], step: 0, totals: { loss: 0, correct: 0, seconds: 0 } });

/**
 * Trains until `epochs` epochs are done, then returns false. Returns true if stopped by the signal or by `network.pool.stop()`.
 * Another call with the same `state` resumes with the same bits.
 */
export async function train(network: Trainable, rows: PixelRows, state: TrainState, options: TrainOptions): Promise<boolean> {
  const { signal } = options;
  const stop = () => network.pool.stop();
  signal?.addEventListener("abort", stop);
  try {
    return await trainEpochs(network, rows, state, options);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** The steps of an epoch from step `first` on: whole batches, then the images that are left. */
function runsOf(images: number, batchSize: number, first: number, small: boolean): StepRun<PlanName>[] {
  const whole = Math.floor(images / batchSize);
  return [
    { plan: small ? "small" : "train", steps: Math.max(0, whole - first) },
    { plan: small ? "smallLast" : "trainLast", steps: Math.ceil(images / batchSize) - Math.max(whole, first) },
  ];
}

async function trainEpochs(network: Trainable, rows: PixelRows, state: TrainState, options: TrainOptions): Promise<boolean> {
  const { epochs, batchSize, seed, augmentation, smallEpochs = 0 } = options;
  const factor = SCHEDULES[options.schedule ?? "constant"];
  const { io, pool, memory } = network;
  const { imageSize, smallSize } = network.options;
  const count = rows.images.length;
  const steps = Math.ceil(count / batchSize);
  const totals = new Float64Array(memory.buffer, io.totals.address, 2);
  const labels = rows.images.map(({ label }) => label);

  while (state.history.length < epochs) {
    if (options.signal?.aborted) return true;
    const epoch = state.history.length;
    const order = options.balanced ? balancedOrder(labels, seed, epoch) : epochOrder(count, seed, epoch);
    const small = smallSize > 0 && epoch < smallEpochs;
    const sizes = { from: imageSize, to: small ? smallSize : imageSize };
    const first = state.step;
    const before = state.totals.seconds;
    const start = performance.now();
    totals.set([state.totals.loss, state.totals.correct]);

    await pool.run(runsOf(count, batchSize, first, small), {
      async feed(step, slot) {
        const place = (first + step) * batchSize;
        const batch = order.subarray(place, place + batchSize);
        slotDoubles(network, io.schedule, slot)[0] = factor((epoch * steps + first + step) / (epochs * steps));
        slotBytes(network, io.labels, slot).set(Array.from(batch, (row) => labels[row]));
        if (augmentation || small) {
          const views = Array.from(batch, (_, i) =>
            augmentation ? drawView(augmentation, sizes, seed, epoch, place + i) : plainView(sizes),
          );
          slotFloats(network, io.transforms, slot).set(views.flatMap(({ transform }) => transform));
          slotFloats(network, io.sigmas, slot).set(views.map(({ sigma }) => sigma));
        }
        await feedPixels(network, rows, batch, slot);
      },
      collect(step, slot) {
        // Not `totals`: the workers may already have added the next step.
        const [loss, losses, correct] = slotDoubles(network, io.report, slot);
        if (!Number.isFinite(loss)) {
          throw new Error(`training diverged: the loss is ${loss} in epoch ${epoch + 1}, step ${first + step + 1}; lower --lr`);
        }
        state.step = first + step + 1;
        state.totals = { loss: losses, correct, seconds: before + (performance.now() - start) / 1000 };
        options.onStep?.({ ...report(state, options, network.options, epoch, steps, count), stepLoss: loss });
      },
    });

    if (state.step < steps) return true;
    const result: EpochResults = {
      loss: state.totals.loss / count,
      accuracy: state.totals.correct / count,
      seconds: state.totals.seconds,
    };
    Object.assign(state, { ...freshState(), history: [...state.history, result] });
    await options.onEpoch?.(epoch, result);
  }
  return false;
}

function report(
  state: TrainState,
  { epochs, batchSize, smallEpochs = 0 }: TrainOptions,
  { imageSize, smallSize }: Pick<Trainable["options"], "imageSize" | "smallSize">,
  epoch: number,
  steps: number,
  count: number,
): Omit<StepReport, "stepLoss"> {
  const { step, totals } = state;
  const seen = Math.min(step * batchSize, count);
  const imagesPerSecond = seen / totals.seconds;
  /** The time of an image in an epoch, as a share of that at full size: proportional to its pixels. */
  const cost = (e: number) => (smallSize > 0 && e < smallEpochs ? (smallSize / imageSize) ** 2 : 1);
  const later = Array.from({ length: epochs - epoch - 1 }, (_, i) => cost(epoch + 1 + i)).reduce((sum, c) => sum + c, 0);
  const left = count - seen + (count * later) / cost(epoch);
  return {
    epoch,
    epochs,
    step,
    steps,
    loss: totals.loss / seen,
    accuracy: totals.correct / seen,
    imagesPerSecond,
    secondsLeft: left / imagesPerSecond,
  };
}
