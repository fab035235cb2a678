// The Web Worker for one thread of a network. It replays plans in step with the others. build.mjs embeds it as a string.
import { instantiate } from "../core/kernels.js";
import { type CallTimes, Stepper, type Task, type WorkerProgram } from "../core/steps.js";

const scope = self as unknown as {
  onmessage: (event: MessageEvent<WorkerProgram | Task>) => void;
  postMessage(answer: Stepped): void;
};

/** The reply to the program and to each task. */
export type Stepped = { times: CallTimes | undefined } | { error: string };

let stepper: Stepper;

scope.onmessage = ({ data }) => {
  try {
    if ("module" in data) stepper = new Stepper(data, instantiate(data.module, data.memory));
    scope.postMessage({ times: "module" in data ? undefined : stepper.run(data) });
  } catch (error) {
    scope.postMessage({ error: (error as Error).message });
  }
};
