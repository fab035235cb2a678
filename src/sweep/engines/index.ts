// The schedulers, one line each.
import type { Engine } from "./engine.js";
import { kubernetes } from "./kubernetes.js";
import { slurm } from "./slurm.js";
import { snakemake } from "./snakemake.js";

export const ENGINES = { slurm, kubernetes, snakemake } satisfies Record<string, Engine>;
