// Decides when to checkpoint an unfinished training. By default, saving takes at most 1 % of the training time.

/** A low estimate of disk speed in bytes per second, used until the first save is measured. */
const SLOW_DISK = 200e6;
/** Minimum training time between two saves, as a multiple of the duration of a save. */
const WORTH = 100;
const LEAST_MS = 10_000;

export interface Autosave {
  /** Whether it is time to save. */
  due(): boolean;
  save(): Promise<void>;
}

/** `bytes`: size of a save. `seconds`: checkpoint interval; default: chosen from the measured duration of a save. */
export function createAutosave(save: () => Promise<void>, bytes: number, seconds?: number): Autosave {
  let last = performance.now();
  let cost = (1000 * bytes) / SLOW_DISK;
  return {
    due: () => performance.now() - last > (seconds === undefined ? Math.max(LEAST_MS, WORTH * cost) : 1000 * seconds),
    async save() {
      const begun = performance.now();
      await save();
      last = performance.now();
      cost = last - begun;
    },
  };
}
