// Training in real browsers, on one thread and on several: after three steps the bits that Node has.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encodeModel, inferenceProgram } from "#pulmo/core/model-file.js";
import type { Normalization } from "#pulmo/core/models/definition.js";
import { findModel } from "#pulmo/core/models/index.js";
import { placeWeights, readModelFile } from "#pulmo/core/read-model-file.js";
import type { Trained } from "#pulmo/core/record.js";
import { parseHeader } from "#pulmo/core/safetensors.js";
import { initialize } from "#pulmo/core/values.js";
import { patientOf } from "#pulmo/data/names.js";
import type { PixelRows } from "#pulmo/data/types.js";
import { adapt } from "#pulmo/lib/adapt-model.js";
import { decodeImage } from "#pulmo/node/decode.js";
import { makeResizer } from "#pulmo/node/resizer.js";
import { plainShapes } from "#pulmo/node/variant.js";
import { fromMetadata } from "#pulmo/run/model-facts.js";
import { freshState, train } from "#pulmo/train/loop.js";
import { modelTensors } from "#pulmo/train/model-tensors.js";
import { createNetwork } from "#pulmo/train/network.js";
import { chromium } from "../report/chromium.js";
import { unless } from "../skip.js";
import { driven, inChromium, type Open } from "./driven.js";
import { firefox, openFirefox } from "./firefox.js";
import { noWebkit, openWebkit } from "./webkit.js";

const test = suite("training in the page");

const SIZE = 224;
const BATCH = 4;
const LR = 2 ** -10;
/** The first images of a class. */
const samples = (kind: string, count: number): string[] => {
  const folder = join("sample", "train", kind);
  return readdirSync(folder)
    .sort()
    .slice(0, count)
    .map((name) => join(folder, name));
};
const NAMES = ["NORMAL", "PNEUMONIA"].map((kind) => samples(kind, 6));
const normalization: Normalization = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };

/** An untrained ResNet-18's file, int8: both sides expand it. */
const model = (() => {
  const { program, layout } = inferenceProgram(findModel("resnet18")!, plainShapes(), SIZE, normalization);
  initialize(program, 11, 0);
  const metadata = { model: "resnet18", classes: ["clear", "ill"], recipe: "none", ...normalization };
  return Buffer.concat(encodeModel(program, layout, { threshold: 0.25, metadata, dtype: "i8" }, crc32));
})();

const resize = makeResizer(SIZE);
const images = await Promise.all(NAMES.flat().map(async (path) => resize(await decodeImage(path))));
const rows: PixelRows = {
  images: NAMES.flatMap((names, i) => names.map((file) => ({ file, split: "train", label: i as 0 | 1, bytes: 0 }))),
  rowBytes: 3 * SIZE * SIZE,
  read: async (row, into) => into.set(images[row]),
};

/** SHA-256 of each tensor after three steps on Node. */
const onNode = (trained: Trained) => nodes.get(trained) ?? nodes.set(trained, trainOnNode(trained)).get(trained)!;
const nodes = new Map<Trained, Promise<Map<string, string>>>();

async function trainOnNode(trained: Trained): Promise<Map<string, string>> {
  const sizes = { batchSize: BATCH, evaluationBatch: 1, imageSize: SIZE, normalization, trained };
  const network = createNetwork(findModel("resnet18")!, { ...sizes, threads: 2, variant: "simd", seed: 0, lr: LR });
  try {
    placeWeights(network, readModelFile(model));
    assert.not(await train(network, rows, freshState(), { epochs: 1, batchSize: BATCH, seed: 0 }));
    const hash = (parts: Iterable<Uint8Array>) => {
      const sum = createHash("sha256");
      for (const part of parts) sum.update(part);
      return sum.digest("hex");
    };
    return new Map([...modelTensors(network, 3)].map(([name, { parts }]) => [name, hash(parts())]));
  } finally {
    await network.pool.close();
  }
}

/** In the page: trains on the two boxes, pausing once, and tells the file saved: its header and a hash of each tensor. */
const DRIVE = (trained: Trained, isolated: boolean) => `
  const later = () => new Promise((resolve) => setTimeout(resolve, 20));
  const byId = (id) => document.getElementById(id);
  const until = async (condition) => { while (!condition()) await later(); };
  await until(() => !byId("drop").hidden);
  if (crossOriginIsolated !== ${isolated}) throw new Error("isolated: " + crossOriginIsolated);
  byId("to-train").click();
  byId("start").click();
  if (byId("pause").checkVisibility()) throw new Error("what is hidden is shown");
  if (!/both boxes/.test(byId("said").textContent)) throw new Error("empty boxes: " + byId("said").textContent);
  const boxes = ${JSON.stringify(NAMES)};
  for (const [i, names] of boxes.entries()) {
    const data = new DataTransfer();
    for (const name of names) data.items.add(new File([await (await fetch(name)).blob()], name));
    byId("box-files-" + i).files = data.files;
    byId("box-files-" + i).dispatchEvent(new Event("change"));
    await until(() => byId("box-count-" + i).textContent.includes(names.length));
  }
  byId("trained").value = "${trained}";
  for (const [id, value] of Object.entries({ epochs: 1, "batch-size": ${BATCH}, lr: ${LR}, threads: 2 })) byId(id).value = value;
  byId("start").click();
  await until(() => !byId("pause").hidden);
  byId("pause").click();
  await until(() => !byId("keep").hidden);
  // Small trainings may end before they hear of the pause.
  if (!byId("pause").hidden) {
    byId("pause").click();
    await until(() => !byId("keep").hidden && byId("pause").hidden);
  }
  if (!/accuracy/.test(byId("said").textContent)) throw new Error(byId("said").textContent);
  const points = document.querySelector("#losses polyline").getAttribute("points").split(" ").length;
  HTMLAnchorElement.prototype.click = () => {};
  const blob = await new Promise((saved) => {
    URL.createObjectURL = (one) => (saved(one), "");
    byId("save-tensors").click();
  });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const begin = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = new TextDecoder().decode(bytes.subarray(8, begin));
  const hashes = {};
  for (const [name, { data_offsets }] of Object.entries(JSON.parse(header))) {
    if (!data_offsets) continue;
    const hash = await crypto.subtle.digest("SHA-256", bytes.slice(begin + data_offsets[0], begin + data_offsets[1]));
    hashes[name] = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  byId("use").click();
  await until(() => !byId("drop").hidden && /fine-tuned/.test(byId("model").textContent));
  await tell(JSON.stringify({ points, header, hashes, total: bytes.length - begin }));`;

/** A file of the page with a model, or an image of the sample. */
function served(name: string, file: Uint8Array): string | Uint8Array | undefined {
  if (name === "models.json") return '{"models":["model.pulmo"]}';
  if (name === "model.pulmo") return file;
  const path = name.startsWith("sample/") ? name : join("dist/web", name);
  return existsSync(path) ? readFileSync(path) : undefined;
}

async function inBrowser(open: Open, trained: Trained, isolated: boolean): Promise<void> {
  const headers: Record<string, string> = isolated
    ? { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" }
    : {};
  const told = await driven(open, DRIVE(trained, isolated), (name) => served(name, model), headers);
  const { points, header, hashes, total } = JSON.parse(told);
  assert.is(points, 3);
  const expected = await onNode(trained);
  assert.equal(Object.keys(hashes).sort(), [...expected.keys()].sort());
  for (const [name, hash] of expected) assert.is(hashes[name], hash, name);
  const { metadata } = parseHeader(Buffer.from(header), total);
  assert.equal(fromMetadata(metadata, "saved").normalization, normalization);
  assert.is(metadata.model, "resnet18");
  assert.is(metadata.classes, "clear,ill");
  assert.is(metadata.threshold, "0.25");
}

/** In the page: adapts the model to the two boxes in Korean, and tells what is shown and the file saved. */
const ADAPT = (boxes: string[][]) => `
  const later = () => new Promise((resolve) => setTimeout(resolve, 20));
  const byId = (id) => document.getElementById(id);
  const until = async (condition) => { while (!condition()) await later(); };
  await until(() => !byId("drop").hidden);
  byId("to-train").click();
  const fill = async (boxes) => {
    for (const [i, names] of boxes.entries()) {
      byId("box-empty-" + i).click();
      const data = new DataTransfer();
      for (const name of names) data.items.add(new File([await (await fetch(name)).blob()], name));
      byId("box-files-" + i).files = data.files;
      byId("box-files-" + i).dispatchEvent(new Event("change"));
      await until(() => byId("box-count-" + i).textContent.includes(names.length));
    }
  };
  const boxes = ${JSON.stringify(boxes)};
  await fill(boxes.map((names) => names.slice(0, 3)));
  byId("adapt").click();
  await until(() => /Error/.test(byId("said").textContent));
  const refused = byId("said").textContent;
  await fill(boxes);
  byId("adapt").click();
  await until(() => !byId("keep").hidden);
  if (byId("pause").checkVisibility() || !byId("adaptation").checkVisibility()) throw new Error("wrong parts are shown");
  const rows = [...byId("adaptation-figures").rows].map((row) => [...row.cells].map((cell) => cell.textContent));
  const fits = [...byId("adaptation-fits").children].map((fit) => fit.textContent);
  byId("language").click();
  const korean = byId("adaptation-fits").textContent;
  HTMLAnchorElement.prototype.click = () => {};
  const blob = await new Promise((saved) => {
    URL.createObjectURL = (one) => (saved(one), "");
    byId("save-model").click();
  });
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  const hash = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  byId("use").click();
  await until(() => !byId("drop").hidden);
  await tell(JSON.stringify({ refused, rows, fits, korean, hash }));`;

async function adaptedInPage(open: Open): Promise<void> {
  const { program, layout } = inferenceProgram(findModel("logistic")!, plainShapes(), SIZE, normalization);
  initialize(program, 3, 0);
  const metadata = { model: "logistic", classes: ["clear", "ill"], recipe: "none", ...normalization };
  const file = Buffer.concat(encodeModel(program, layout, { threshold: 0.25, metadata }, crc32));
  const boxes = ["NORMAL", "PNEUMONIA"].map((kind) => samples(kind, 22));
  const found = await driven(open, ADAPT(boxes), (name) => served(name, file));
  const { refused, rows, fits, korean, hash } = JSON.parse(found);
  assert.match(refused, /images of 3 patients of clear, and adapt needs at least 10 of each class/);
  const ward = await Promise.all(
    boxes.flatMap((names, label) =>
      names.map(async (path) => ({ pixels: await decodeImage(path), label, patient: patientOf({ file: path })! })),
    ),
  );
  const { model: adapted, before, after, trials } = await adapt({ file }, { images: ward }, { wasm: "simd", threads: 1 });
  assert.is(hash, createHash("sha256").update(adapted.file).digest("hex"));
  const shown = ({ accuracy, intervals }: typeof before) =>
    `${accuracy.toFixed(3)} (${intervals.accuracy!.map((end) => end.toFixed(3)).join("–")})`;
  assert.equal(rows[2], ["Accuracy", shown(before), shown(after)]);
  assert.is(rows[1][1], "0.250");
  assert.equal(
    fits.map((fit: string) => / applied;/.test(fit)),
    trials.map(({ taken }) => taken),
  );
  assert.match(korean, /배율과 이동값/);
}

const withChromium = unless(chromium === undefined ? "no Chromium here (PULMO_CHROMIUM names one)" : undefined, test);
withChromium("Chromium, two threads, the whole network", () => inBrowser(inChromium, "all", true));
withChromium("Chromium, one thread without isolation, the whole network", () => inBrowser(inChromium, "all", false));
withChromium("Chromium, two threads, the last layer", () => inBrowser(inChromium, "classifier", true));
withChromium("Chromium: adapting gives Node's file and figures", () => adaptedInPage(inChromium));
const withFirefox = unless(firefox === undefined ? "no Firefox here (PULMO_FIREFOX names one)" : undefined, test);
withFirefox("Firefox, two threads, the whole network", () => inBrowser(openFirefox, "all", true));
withFirefox("Firefox, one thread without isolation, the last layer", () => inBrowser(openFirefox, "classifier", false));
unless(noWebkit, test)("WebKitGTK, two threads, the last layer", () => inBrowser(openWebkit, "classifier", true));

test.run();
