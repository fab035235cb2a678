// The training loop: every epoch a new order of the images, every step one replay of the plan.
import type { PlanName } from "../core/program.js";
import { slotBytes, slotDoubles } from "../core/values.js";
import { epochOrder } from "../data/batches.js";
import type { PixelRows } from "../data/types.js";
import type { StepRun } from "../node/pool.js";
import { feedPixels } from "./feed.js";
import type { Network } from "./network.js";

export interface EpochResult {
  /** Mean cross-entropy and accuracy over the epoch's images, each measured before its step's update. */
  loss: number;
  accuracy: number;
  seconds: number;
}

/** Where training stands: enough, with the weights and moments, to go on with the same bits. */
export interface TrainState {
  /** Finished epochs. */
  history: EpochResult[];
  /** Steps done of the current epoch, and its totals so far. */
  step: number;
  totals: { loss: number; correct: number; seconds: number };
}

export interface StepReport {
  epoch: number;
  epochs: number;
  step: number;
  steps: number;
  loss: number;
  accuracy: number;
  imagesPerSecond: number;
  secondsLeft: number;
}

export interface TrainOptions {
  epochs: number;
  batchSize: number;
  seed: number;
  onStep?: (report: StepReport) => void;
  /** Awaited after every epoch. */
  onEpoch?: (epoch: number, result: EpochResult) => Promise<void> | void;
}

export const freshState = (): TrainState => ({ history: [], step: 0, totals: { loss: 0, correct: 0, seconds: 0 } });

/** Trains until `epochs` are done, or until `network.pool.stop()`: then `state` tells where, and true is returned. */
export async function train(network: Network, rows: PixelRows, state: TrainState, options: TrainOptions): Promise<boolean> {
  const { epochs, batchSize, seed } = options;
  const { io, pool, memory } = network;
  const count = rows.images.length;
  const steps = Math.ceil(count / batchSize);
  const totals = new Float64Array(memory.buffer, io.totals.address, 2);

  while (state.history.length < epochs) {
    const epoch = state.history.length;
    const order = epochOrder(count, seed, epoch);
    const first = state.step;
    const before = state.totals.seconds;
    const start = performance.now();
    totals.set([state.totals.loss, state.totals.correct]);

    const whole = Math.floor(count / batchSize);
    const runs: StepRun<PlanName>[] = [
      { plan: "train", steps: Math.max(0, whole - first) },
      { plan: "trainLast", steps: steps - Math.max(whole, first) },
    ];
    await pool.run(runs, {
      async feed(step, slot) {
        const batch = order.subarray((first + step) * batchSize, (first + step + 1) * batchSize);
        await feedPixels(network, rows, batch, slot);
        slotBytes(network, io.labels, slot).set(Array.from(batch, (row) => rows.images[row].label));
      },
      collect(step, slot) {
        // Not `totals`: the workers may have added the next step's already.
        const [loss, losses, correct] = slotDoubles(network, io.report, slot);
        if (!Number.isFinite(loss)) {
          throw new Error(`training diverged: the loss is ${loss} in epoch ${epoch + 1}, step ${first + step + 1}; lower --lr`);
        }
        state.step = first + step + 1;
        state.totals = { loss: losses, correct, seconds: before + (performance.now() - start) / 1000 };
        options.onStep?.(report(state, options, epoch, steps, count));
      },
    });

    if (state.step < steps) return true;
    const result = { loss: state.totals.loss / count, accuracy: state.totals.correct / count, seconds: state.totals.seconds };
    Object.assign(state, { ...freshState(), history: [...state.history, result] });
    await options.onEpoch?.(epoch, result);
  }
  return false;
}

function report(state: TrainState, { epochs, batchSize }: TrainOptions, epoch: number, steps: number, count: number): StepReport {
  const { step, totals } = state;
  const seen = Math.min(step * batchSize, count);
  const imagesPerSecond = seen / totals.seconds;
  const left = count - seen + (epochs - epoch - 1) * count;
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
