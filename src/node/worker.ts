// One of a pool's threads: a Piscina task is a sequence of steps.
import { workerData } from "node:worker_threads";
import { Stepper, type Task, type WorkerProgram } from "../core/steps.js";
import { instantiateKernels } from "./variant.js";

const program: WorkerProgram = workerData;
const stepper = new Stepper(program, instantiateKernels(program.module, program.memory));

export default (task: Task) => stepper.run(task);
