// A thread of a pool. One Piscina task is a sequence of steps.
import { workerData } from "node:worker_threads";
import { instantiate } from "../core/kernels.js";
import { Stepper, type Task, type WorkerProgram } from "../core/steps.js";

const program: WorkerProgram = workerData;
const stepper = new Stepper(program, instantiate(program.module, program.memory));

export default (task: Task) => stepper.run(task);
