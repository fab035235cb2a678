// What reads files from outside, and files to begin with.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadModel } from "#pulmo/core/infer.js";
import { parseLabels } from "#pulmo/data/labels.js";
import { parsePredictionsCsv } from "#pulmo/eval/predictions.js";
import { readSafetensors } from "#pulmo/formats/safetensors-file.js";
import { readWeights } from "#pulmo/formats/weights.js";
import { checkJson } from "#pulmo/node/check-json.js";
import { decodeImage } from "#pulmo/node/decode.js";
import { runResultsSchema } from "#pulmo/results/metrics.js";
import { picturesSchema } from "#pulmo/results/picture-list.js";
import { stressSchema } from "#pulmo/results/stress-results.js";
import { readRunFile } from "#pulmo/run/run-file.js";
import { dataset, pulmoProcess } from "../commands/cli.js";
import { patterned } from "../data/patterned.js";
import { temporaryFolder } from "../data/places.js";
import { cacheArea } from "./cache-area.js";

export interface Area {
  name: string;
  corpus: Uint8Array[];
  /** Reads the bytes as the program would. Returns, or throws an Error with a sentence. */
  read(bytes: Uint8Array): unknown;
}

async function done(args: string[]): Promise<void> {
  const { code, stderr } = await pulmoProcess(args);
  if (code !== 0) throw new Error(stderr);
}

/** Grey, colours with alpha, a palette, 16 bits, interlaced. */
function pngs(): Promise<Uint8Array[]> {
  const picture = (channels: 1 | 3 | 4) => patterned(40, 30, channels);
  const kinds = [picture(1).png(), picture(4).png(), picture(3).png({ palette: true }), picture(1).toColourspace("grey16").png()];
  return Promise.all([...kinds, picture(3).png({ progressive: true })].map((one) => one.toBuffer()));
}

/** Everything that a small run and its exports write is a file to begin with. */
export async function openAreas(): Promise<Area[]> {
  const place = temporaryFolder();
  const root = await dataset({ train: 6, val: 2, test: 4 });
  const out = join(place, "run");
  await done(["run", "--data", root, "--models", "logistic", "--epochs", "1", "--threads", "1", "--quiet", "--out", out]);
  const exported = (name: string) => join(place, name);
  for (const [format, extension] of [
    ["onnx", "onnx"],
    ["torch", "pth"],
    ["safetensors", "safetensors"],
    ["pulmo", "pulmo"],
  ]) {
    await done(["export", "--checkpoint", join(out, "logistic"), "--format", format, "--out", exported(`a.${extension}`)]);
  }
  const bytes = (path: string): Uint8Array => readFileSync(path);
  const fixtures = (pattern: RegExp, folder = "test/fixtures") =>
    readdirSync(folder)
      .filter((name) => pattern.test(name))
      .map((name) => bytes(join(folder, name)));
  const asFile = (name: string, read: (path: string) => unknown) => (given: Uint8Array) => {
    const path = join(place, name);
    writeFileSync(path, given);
    return read(path);
  };
  const text = (read: (text: string) => unknown) => (given: Uint8Array) => read(Buffer.from(given).toString("utf8"));
  /** A result, or a fault that is told. */
  const told = (found: object | null) => {
    if (found && "fault" in found && typeof found.fault !== "string") throw new TypeError("a fault without words");
  };
  const images = join(root, "test/NORMAL");
  const core = new WebAssembly.Module(readFileSync("dist/core/pulmo-infer.wasm"));
  const weights = (name: string, corpus: Uint8Array[]): Area => ({ name, corpus, read: asFile(`x${name}`, readWeights) });
  return [
    weights(".pth", [...fixtures(/^torch-(zip|stream|nested|tar)\.pth$/), bytes(exported("a.pth"))]),
    weights(".onnx", [bytes(exported("a.onnx"))]),
    weights(".safetensors", [bytes(exported("a.safetensors"))]),
    {
      name: "model.safetensors",
      corpus: [bytes(join(out, "logistic/model.safetensors"))],
      read: asFile("c.safetensors", readSafetensors),
    },
    { name: ".pulmo", corpus: [bytes(exported("a.pulmo"))], read: (given) => loadModel(core, given) },
    { name: "JPEG", corpus: readdirSync(images).map((name) => bytes(join(images, name))), read: asFile("x.jpeg", decodeImage) },
    { name: "PNG", corpus: await pngs(), read: asFile("x.png", decodeImage) },
    { name: "DICOM", corpus: fixtures(/\.dcm$/, "test/fixtures/dicom"), read: asFile("x.dcm", decodeImage) },
    await cacheArea(root),
    {
      name: "run.json",
      corpus: [bytes(join(out, "run.json"))],
      read(given) {
        writeFileSync(join(place, "run.json"), given);
        return readRunFile(place);
      },
    },
    {
      name: "metrics.json",
      corpus: [bytes(join(out, "metrics.json"))],
      read: text((json) => told(checkJson(runResultsSchema, json))),
    },
    {
      name: "stress.json, pictures.json",
      corpus: ["stress.json", "pictures.json"]
        .map((name) => join(out, "logistic", name))
        .filter(existsSync)
        .map(bytes),
      read: text((json) => [stressSchema, picturesSchema("logistic")].map((schema) => told(checkJson(schema, json)))),
    },
    {
      name: "CSV",
      corpus: [
        bytes(join(out, "logistic/predictions-test.csv")),
        Buffer.from("file,label,group\na.png,0,x\nb.png,PNEUMONIA,y\n"),
      ],
      read: text((csv) => {
        // One of them is the wrong reader, and has to say so.
        try {
          parsePredictionsCsv(csv);
        } catch (error) {
          if ((error as Error).name !== "InputError") throw error;
        }
        parseLabels(csv, "labels.csv");
      }),
    },
  ];
}
