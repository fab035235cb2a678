import { join } from "node:path";
import { oneOf, path } from "../settings/kinds.js";
import { pick, SETTINGS } from "../settings/table.js";
import { ANY_CHECKPOINT, LABELS, NOT_CLINICAL, PREPROCESSING } from "./common.js";
import { callerOf, defaultThreads } from "./context.js";
import { defineCommand } from "./define.js";
import { needed, option } from "./rows.js";

/** The same model at another hospital. */
export const adapt = defineCommand({
  command: "adapt",
  describe: "Fit a saved model to labelled images of another hospital",
  options: {
    ...ANY_CHECKPOINT,
    ...PREPROCESSING,
    data: needed(
      path(),
      "Images of the other hospital: a dataset as for run, or with --labels any folder of images",
      "folder or list of the other hospital's images, for example ward",
    ),
    labels: option(path(), `${LABELS}; --data is then any folder of images`),
    split: option(oneOf(["train", "val", "test"]), "Use only this split (default: all images)"),
    out: needed(path(), "Model to write: a .safetensors or .pulmo file", "file to write, for example adapted.safetensors"),
    report: option(path(), "Folder for a report of before and after: report.html, report.md, adaptation.json"),
    ...pick(SETTINGS, "lang", "anyBodyPart", "strict", "threads", "quiet", "json"),
  },
  examples: [
    "adapt --checkpoint runs/first/resnet18 --data ward --labels ward.csv --out ward.safetensors",
    "adapt --data ward.csv --out ward.pulmo --report ward-report --lang ko",
  ],
  notes: [
    "Tries the threshold, then scale and offset, then the last layer, as far as the number of patients allows. A fit is applied only if it helps on images of patients that it was not fitted on.",
    NOT_CLINICAL,
  ],
  async run({ data, labels, split, out, report, lang, anyBodyPart = false, strict = false, quiet, json, ...given }, cli) {
    const { checkpointOf } = await import("./preprocessing.js");
    const { adapt: work, adaptationText } = await import("../lib/tools/adapt.js");
    const found = await work({
      ...{ checkpoint: checkpointOf(given, cli), data, labels, split, out, report, lang, anyBodyPart, strict },
      ...{ threads: given.threads ?? defaultThreads(), reporter: callerOf(cli, quiet), signal: cli.signal },
    });
    cli.stdout.write(
      json
        ? `${JSON.stringify(found)}\n`
        : `${adaptationText(found)}Saved: ${out}\n${report === undefined ? "" : `Report: ${join(report, "report.html")}\n`}`,
    );
  },
});
