// A Snakefile with the tasks as rules: Snakemake runs them here or on a cluster that it has a profile for.
import { join } from "node:path";
import { shellWords } from "../../settings/shell.js";
import type { Engine } from "./engine.js";
import { ask } from "./tool.js";

const FILE = "Snakefile";

export const snakemake: Engine = {
  files: ({ threads, memory, minutes, command }) => ({
    [FILE]: `# snakemake --cores N, in this folder. Finished tasks are skipped; interrupted ones continue.
import json

with open("sweep.json") as file:
    TASKS = [task["name"] for task in json.load(file)["tasks"]]
NUMBERS = {name: number for number, name in enumerate(TASKS)}


rule gather:
    input:
        expand("tasks/{name}/done.json", name=TASKS),
    output:
        "sweep.html",
        "sweep.csv",
    shell:
        ${python(`${shellWords([...command, "sweep", "gather", "."])}`)}


rule task:
    output:
        "tasks/{name}/done.json",
    params:
        number=lambda wildcards: NUMBERS[wildcards.name],
    threads: ${threads}
    retries: 2
    resources:
        mem_mb=${Math.ceil(memory * 1024)},
        runtime=${minutes},
    shell:
        ${python(`${shellWords([...command, "sweep", "work", ".", "--quiet"])} --task {params.number} --threads {threads}`)}
`,
  }),
  async submit({ dir, threads, atOnce }) {
    await ask("snakemake", ["--snakefile", join(dir, FILE), "--directory", dir, "--cores", String(threads * atOnce)]);
    return `Snakemake has run all tasks: ${join(dir, "sweep.html")}`;
  },
};

/** A Python string in which Snakemake fills in only its own placeholders. */
const python = (text: string): string =>
  JSON.stringify(text.replace(/[{}]/g, "$&$&").replace(/\{\{(params\.number|threads)\}\}/g, "{$1}"));
