// The control block at address 0 of the shared memory: messages between workers and main thread while a task runs. Each word has its
// own cache line.

const LINE = 16;

/** Next tile of the current call to be claimed. */
export const CLAIM = 0 * LINE;
/** Workers that have reached the barrier. */
export const ARRIVED = 1 * LINE;
/** Barriers passed; waiting workers watch it change. */
export const GENERATION = 2 * LINE;
/** Not 0: a worker threw or died; all waits end with an error. */
export const FAILED = 3 * LINE;
/** The main thread asks to stop after the current step. */
export const STOP = 4 * LINE;
/** Set between two steps by the last worker to arrive, so that all see the same answer. */
export const STOPPED = 5 * LINE;
/** Steps whose input is in its slot. */
export const READY = 6 * LINE;
/** Steps finished. */
export const DONE = 7 * LINE;

export const CONTROL_WORDS = 8 * LINE;

/** Time when the last step of each parity was done: milliseconds since the epoch, f64 x 2, after the words. */
export const DONE_AT_ADDRESS = 4 * CONTROL_WORDS;

/** Milliseconds after which a sleeping worker checks FAILED again. */
export const WAIT_MS = 200;
/** Microseconds of spinning before sleeping: longer than a barrier between running workers. */
const SPIN_MICROSECONDS = 60;

export class WorkerFailure extends Error {
  constructor() {
    super("another worker failed");
  }
}

/** Waits until word `index` is no longer `value`: spins briefly if each thread has its own core, then sleeps. */
export function waitWhile(control: Int32Array, index: number, value: number, spin: boolean): void {
  if (spin) {
    const end = performance.now() + SPIN_MICROSECONDS / 1000;
    do {
      for (let i = 0; i < 100; i++) if (Atomics.load(control, index) !== value) return;
    } while (performance.now() < end);
  }
  while (Atomics.load(control, index) === value) {
    if (Atomics.load(control, FAILED) !== 0) throw new WorkerFailure();
    Atomics.wait(control, index, value, WAIT_MS);
  }
}

/** Marks the task as failed and wakes all workers. */
export function fail(control: Int32Array): void {
  Atomics.store(control, FAILED, 1);
  for (const index of [GENERATION, READY, DONE]) Atomics.notify(control, index);
}
