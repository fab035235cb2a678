// How much work a kill may lose: an unfinished training is saved again and again, as often as costs a hundredth of its time.

/** Bytes a second that any disk writes; the first save tells more. */
const SLOW_DISK = 200e6;
/** The training's time, in times of what a save takes. */
const WORTH = 100;
const LEAST_MS = 10_000;

export interface Autosave {
  /** Whether it is time for a save. */
  due(): boolean;
  save(): Promise<void>;
}

/** `bytes`: what `save` writes. `seconds`: between two saves, where that was asked for. */
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
