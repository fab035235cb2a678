// A folder as on the Hugging Face Hub, for transformers.js and for Python's transformers with ONNX Runtime.
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { InputError } from "../../core/errors.js";
import { CLASSES } from "../../data/types.js";
import { writeOnnx } from "../../formats/onnx.js";
import { makeFolderAtomic } from "../../node/files.js";
import { modelInfoText } from "../../report/model-info-text.js";
import { IMAGE_SIZE, PRETRAINED_MODEL } from "../../settings/recipes.js";
import type { Reporter } from "../caller.js";
import { modelInfo } from "../model-info.js";
import { checkNewFolder } from "../outputs.js";
import type { CheckpointOptions } from "../scoring/open-checkpoint.js";
import { graphOf, readForExport } from "./export.js";

const FOLDER_MODE = 0o755;

/**
 * Writes config.json, preprocessor_config.json, onnx/model.onnx and README.md into a new folder. Returns the model's name. Throws an
 * InputError if the model is no resnet18: the Hub knows no name for the others.
 */
export async function exportHuggingFace(checkpoint: CheckpointOptions, out: string, reporter: Reporter): Promise<string> {
  await checkNewFolder("--out", out);
  const { path, model, facts, tensors, metadata } = await readForExport(checkpoint, reporter);
  if (model.name !== PRETRAINED_MODEL) {
    throw new InputError(`--format hf is for ${PRETRAINED_MODEL}, and ${path} is ${model.name}: use --format onnx.`);
  }
  const classes = facts.classes ?? CLASSES;
  const text = modelInfoText(await modelInfo(checkpoint));
  await makeFolderAtomic(resolve(out), FOLDER_MODE, async (folder) => {
    await mkdir(join(folder, "onnx"));
    await writeOnnx(join(folder, "onnx/model.onnx"), graphOf(model, facts), tensors, metadata, INPUT);
    const write = (name: string, content: object) => writeFile(join(folder, name), `${JSON.stringify(content, null, 2)}\n`);
    await write("config.json", configOf(classes));
    await write("preprocessor_config.json", PREPROCESSOR);
    await writeFile(join(folder, "README.md"), readmeOf(text));
  });
  return model.name;
}

/** The name that transformers gives to images. */
const INPUT = "pixel_values";

const configOf = (classes: readonly string[]) => ({
  architectures: ["ResNetForImageClassification"],
  model_type: "resnet",
  id2label: Object.fromEntries(classes.map((name, i) => [i, name])),
  label2id: Object.fromEntries(classes.map((name, i) => [name, i])),
  num_channels: 3,
  torch_dtype: "float32",
});

/** The graph itself applies mean and standard deviation, so that no reader can forget them. */
const PREPROCESSOR = {
  image_processor_type: "ViTImageProcessor",
  do_convert_rgb: true,
  do_resize: true,
  size: { height: IMAGE_SIZE, width: IMAGE_SIZE },
  resample: 2,
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: false,
};

const readmeOf = (info: string): string => `---
pipeline_tag: image-classification
library_name: transformers.js
tags: [onnx, resnet, chest-x-ray, pulmo]
---

# Chest X-ray classifier

**Not for clinical use.** Made by [pulmo](https://www.npmjs.com/package/pulmo).

\`\`\`js
import { pipeline } from "@huggingface/transformers";
const classify = await pipeline("image-classification", "FOLDER", { dtype: "fp32" });
console.log(await classify("xray.png"));
\`\`\`

Images of ${IMAGE_SIZE}x${IMAGE_SIZE} pixels get the probabilities of \`pulmo predict\`. Others are resized by other code, which changes the probabilities a little.

\`\`\`text
${info.trimEnd()}
\`\`\`
`;
