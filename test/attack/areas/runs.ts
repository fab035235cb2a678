// What runs, sweeps and reports read from folders that others can write to.
import { cpSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkJson } from "#pulmo/node/check-json.js";
import { dataUris, readPictures } from "#pulmo/report/load-pictures.js";
import { picturesSchema } from "#pulmo/results/picture-list.js";
import { stressSchema } from "#pulmo/results/stress-results.js";
import { readResults } from "#pulmo/run/read-results.js";
import { readRunFile } from "#pulmo/run/run-file.js";
import { faultOf } from "#pulmo/sweep/done.js";
import { readManifestOf } from "#pulmo/sweep/manifest.js";
import { readSpec } from "#pulmo/sweep/spec.js";
import { statusOf } from "#pulmo/sweep/status.js";
import { writeTextReport } from "../../report/sample.js";
import { type Area, asFile, asText, bytesOf, type OpenArea, type Place, text } from "./area.js";

const SPECS = [
  "data: xrays\nmodels: [logistic, dnn]\nlr: { from: 0.0001, to: 0.01, count: 3, scale: log }\nepochs: { from: 1, to: 3, count: 3 }\nbatch-size: 8\nseeds: [0, 1]\nfolds: 2\n",
  '{"lr": [0.5, 0.25], "seeds": [3], "classes": ["A", "B"], "weights": "none"}',
  "seeds: &x [1, 2]\nepochs: *x\nmodels:\n  - logistic\n# c\nlr: !!float 0.1\nweights: >-\n  none\n",
];

/** A result, or a fault that is told. */
function told(found: object): void {
  if ("fault" in found && typeof found.fault !== "string") throw new TypeError("a fault without words");
}

export function runAreas({ folder, run }: Place): Area[] {
  const copied = (name: string): string => {
    const copy = join(folder, name);
    if (!existsSync(copy)) cpSync(run, copy, { recursive: true });
    return copy;
  };
  const inCopy = (name: string, file: string, read: (copy: string) => unknown): Area => ({
    name,
    open(): OpenArea {
      const copy = copied(name.replaceAll(/\W+/g, "-"));
      return {
        corpus: [bytesOf(run, file)],
        read(given) {
          writeFileSync(join(copy, file), given);
          return read(copy);
        },
      };
    },
  });
  return [
    inCopy("run.json", "run.json", readRunFile),
    inCopy("metrics.json", "metrics.json", readResults),
    inCopy("report", "metrics.json", async (copy) => writeTextReport(copy, await readResults(copy))),
    inCopy("pictures of a report", "logistic/pictures.json", async (copy) =>
      dataUris(copy, [await readPictures(copy, "logistic", (await readResults(copy)).models.logistic.sha256)]),
    ),
    {
      name: "stress.json, pictures.json",
      open: () => ({
        corpus: ["stress.json", "pictures.json"]
          .map((name) => join(run, "logistic", name))
          .filter(existsSync)
          .map((path) => bytesOf(path)),
        read: asText((json) => [stressSchema, picturesSchema("logistic")].map((schema) => told(checkJson(schema, json)))),
      }),
    },
    {
      name: "sweep's specification",
      open: () => ({ corpus: SPECS.map(text), read: asFile(folder, "spec.yaml", (path) => readSpec(path)) }),
    },
    {
      name: "sweep.json",
      open() {
        const sweep = join(folder, "sweep-copy");
        cpSync(join(folder, "sweep"), sweep, { recursive: true });
        const read = async () => {
          const manifest = await readManifestOf(sweep);
          await statusOf(sweep, manifest);
          for (const task of manifest.tasks.slice(0, 10)) await faultOf(sweep, task);
        };
        return { corpus: [bytesOf(sweep, "sweep.json")], read: asFile(sweep, "sweep.json", read) };
      },
    },
  ];
}
