// Every kind of image that `predict` takes in a browser, on the page's thread and in a worker: the score that Node has of the file.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { encode } from "fast-png";
import sharp from "sharp";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encodeModel, inferenceProgram } from "#pulmo/core/model-file.js";
import { findModel } from "#pulmo/core/models/index.js";
import { initialize } from "#pulmo/core/values.js";
import { fitConformal } from "#pulmo/eval/conformal.js";
import { CRC32, createCrc } from "#pulmo/formats/crc.js";
import { loadModel } from "#pulmo/lib/node.js";
import { plainShapes } from "#pulmo/node/variant.js";
import { patterned } from "../data/patterned.js";
import { temporaryFolder } from "../data/places.js";
import { chromium } from "../report/chromium.js";
import { unless } from "../skip.js";
import { driven, inChromium } from "./driven.js";
import { firefox, openFirefox, openResistantFirefox } from "./firefox.js";

const test = suite("images in browsers");

/** Separates the images below by their log-odds or not, depending on the error rate. */
const conformal = fitConformal([0, 0, 0, 1, 1, 1], [-30, -1, 30, -30, 1, 30])!;

/** An untrained logistic regression. */
const model = (() => {
  const { program, layout } = inferenceProgram(findModel("logistic")!, plainShapes(), 224, undefined);
  initialize(program, 11, 0);
  const metadata = { model: "logistic", classes: ["clear", "ill"], recipe: "none", conformal };
  return Buffer.concat(encodeModel(program, layout, { threshold: 0.5, metadata, dtype: "f32" }, createCrc(CRC32)));
})();

const normal = "sample/test/NORMAL";
const jpeg = join(normal, readdirSync(normal).sort()[0]);
const png = join(temporaryFolder(), "image.png");
/** What browsers read in other ways than PIL, or show although it is damaged. */
const others = ["cmyk.jpeg", "progressive.jpeg", "turned.jpeg", "cut.jpeg", "deep.png", "tiny.png"];
const place = temporaryFolder();
async function makeOthers(): Promise<void> {
  const picture = () => patterned(130, 90, 3);
  await patterned(130, 90, 4).toColourspace("cmyk").jpeg().toFile(join(place, "cmyk.jpeg"));
  await picture().jpeg({ progressive: true }).toFile(join(place, "progressive.jpeg"));
  await picture().withMetadata({ orientation: 6 }).jpeg().toFile(join(place, "turned.jpeg"));
  const whole = readFileSync(jpeg);
  writeFileSync(join(place, "cut.jpeg"), Buffer.concat([whole.subarray(0, whole.length / 2), Uint8Array.of(0xff, 0xd9)]));
  const data = Uint16Array.from({ length: 64 * 64 }, (_, i) => i);
  writeFileSync(join(place, "deep.png"), encode({ width: 64, height: 64, channels: 1, depth: 16, data }));
  await patterned(3, 200, 3).png().toFile(join(place, "tiny.png"));
}

const DICOM = "test/fixtures/dicom";
const dicoms = readdirSync(DICOM).filter((name) => name.endsWith(".dcm"));

const bundle = async (entry: string) => {
  const entryPoints = [`dist/lib/${entry}.js`];
  const { outputFiles } = await build({ entryPoints, bundle: true, format: "esm", write: false });
  return outputFiles[0].contents;
};

const files: Record<string, string | Uint8Array> = { "model.pulmo": model, "index.html": "<!doctype html>" };
test.before(async () => {
  await sharp(jpeg).resize(300, 200, { fit: "fill" }).tint("orange").png().toFile(png);
  Object.assign(files, { "lib.js": await bundle("index"), "decode.js": await bundle("decode") });
  Object.entries({ jpeg, png }).forEach(([name, path]) => (files[name] = readFileSync(path)));
  await makeOthers();
  for (const name of others) files[name] = readFileSync(join(place, name));
  for (const name of dicoms) files[name] = readFileSync(join(DICOM, name));
});

/** Tells, by image and kind of source, what a model makes of it. */
const SCRIPT = `
const { loadModel } = await import("/lib.js");
const blobOf = async (name) => (await fetch(name)).blob();
const file = new Uint8Array(await (await blobOf("model.pulmo")).arrayBuffer());
async function sourcesOf(name) {
  const blob = await blobOf(name);
  const img = new Image();
  img.src = URL.createObjectURL(blob);
  await img.decode();
  const bitmap = await createImageBitmap(blob);
  const { width, height } = bitmap;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").drawImage(img, 0, 0);
  const offscreen = new OffscreenCanvas(width, height);
  offscreen.getContext("2d").drawImage(img, 0, 0);
  const imageData = canvas.getContext("2d").getImageData(0, 0, width, height);
  const rgb = imageData.data.filter((_, i) => i % 4 < 3);
  const pixels = { data: new Uint8Array(rgb), width, height, channels: 3 };
  const sources = { pixels, imageData, img, canvas, offscreen, bitmap, blob, file: new File([blob], name), bytes: await blob.arrayBuffer() };
  if (window.VideoFrame) sources.frame = new VideoFrame(bitmap, { timestamp: 0 });
  return sources;
}
const found = {};
for (const worker of [false, true]) {
  const model = await loadModel(file, { worker });
  for (const name of ["jpeg", "png"]) {
    for (const [kind, source] of Object.entries(await sourcesOf(name))) {
      const score = model.predict(source);
      if (!worker && score instanceof Promise !== ["blob", "file", "bytes"].includes(kind)) throw new Error(kind + " is synchronous or not");
      const { logOdds, label, map } = await model.explain(source);
      if ((await score).logOdds !== logOdds || map.length === 0) throw new Error(kind + ": another score");
      found[[name, kind, worker]] = { logOdds, label };
    }
  }
  const refusal = (image) => Promise.resolve(model.predict(image)).catch(({ message }) => message);
  found[["refused", worker]] = [await refusal(await blobOf("${dicoms[0]}")), await refusal(new Blob(["text"])), await refusal(new Blob())];
  const errorRates = [0.25, 0.5, 0.75];
  const decisionAt = async (errorRate) => [(await model.predict(await blobOf("jpeg"), { errorRate })).decision, (await model.explain(await blobOf("png"), { errorRate })).decision];
  found[["decisions", worker]] = await Promise.all(errorRates.map(decisionAt));
  found[["few", worker]] = await (async () => model.predict(await blobOf("jpeg"), { errorRate: 0.1 }))().catch(({ message }) => message);
  if (!worker) continue;
  const unanswered = refusal(await blobOf("jpeg"));
  model.close();
  found.closed = [await unanswered, await refusal(await blobOf("jpeg"))];
}
found.damaged = await loadModel(new Uint8Array(200), { worker: true }).catch(({ message }) => message);
const { decodeImage } = await import("/decode.js");
const model = await loadModel(file);
for (const name of ${JSON.stringify(dicoms)}) {
  const score = await decodeImage(await blobOf(name)).then(model.predict, ({ message }) => message);
  found[name] = score.logOdds ?? score;
}
for (const name of ${JSON.stringify(others)}) {
  found[name] = await model.predict(await blobOf(name)).catch(({ message }) => message);
}
await tell(JSON.stringify(found));`;

const BROWSERS = [
  { name: "Chromium", open: inChromium, absent: chromium === undefined && "no Chromium here (PULMO_CHROMIUM names one)" },
  { name: "Firefox", open: openFirefox, absent: firefox === undefined && "no Firefox here (PULMO_FIREFOX names one)" },
];
for (const { name, open, absent } of BROWSERS) {
  unless(absent || undefined, test)(name, async () => {
    const found = JSON.parse(await driven(open, SCRIPT, (asked) => files[asked]));
    const onNode = await loadModel(model);
    for (const [image, path] of Object.entries({ jpeg, png })) {
      const { logOdds, label } = await onNode.predict(path);
      const of = Object.entries(found).filter(([key]) => key.startsWith(`${image},`));
      assert.ok(of.length >= 18, `${image}: ${of.length}`);
      for (const [kind, score] of of) assert.equal(score, { logOdds, label }, kind);
    }
    for (const file of dicoms) {
      const score = await onNode.predict(join(DICOM, file)).catch(({ message }: Error) => message);
      assert.is(found[file], typeof score === "string" ? score : score.logOdds, file);
    }
    for (const file of others) {
      const score = await onNode.predict(join(place, file)).catch(({ message }: Error) => message);
      assert.equal(found[file], JSON.parse(JSON.stringify(score)), file);
    }
    assert.match(found["cut.jpeg"], /damaged or cut short/);
    assert.match(found["tiny.png"], /3 x 200 pixels are too few/);
    assert.equal(found["deep.png"].notes, ["its 16-bit pixels use 12 bits: scaled by 4095"]);
    for (const worker of [false, true]) {
      const decisionAt = async (errorRate: number) => [
        (await onNode.predict(jpeg, { errorRate })).decision,
        (await onNode.predict(png, { errorRate })).decision,
      ];
      assert.equal(found[`decisions,${worker}`], await Promise.all([0.25, 0.5, 0.75].map(decisionAt)));
      assert.match(
        found[`few,${worker}`],
        /^An error rate of 0\.1 needs 9 validation images of each class, but the model has 3 of clear/,
      );
      const [dicomFile, text, empty] = found[`refused,${worker}`];
      assert.match(dicomFile, /DICOM.*import \{ decodeImage \} from "pulmo\/decode"/);
      assert.match(text, /not a JPEG or PNG/);
      assert.match(empty, /empty/);
    }
    assert.equal(found.closed, ["The model has been closed.", "The model has been closed."]);
    assert.match(found.damaged, /model file/);
  });

  unless(absent || undefined, test)(`${name}, a page that allows no Blob's worker`, async () => {
    const script = `
const { loadModel } = await import("/lib.js");
const file = new Uint8Array(await (await fetch("model.pulmo")).arrayBuffer());
await tell(await loadModel(file, { worker: true }).then(() => "loaded", ({ message }) => message));`;
    const headers = { "Content-Security-Policy": "worker-src 'self'; script-src 'self' 'wasm-unsafe-eval'" };
    assert.match(await driven(open, script, (asked) => files[asked], headers), /worker-src blob:/);
  });
}

const resistant = firefox === undefined ? "no Firefox here (PULMO_FIREFOX names one)" : undefined;
unless(resistant, test)(
  "Firefox against fingerprinting: files have the same scores, canvases and <img> are refused",
  async () => {
    const script = `
const { loadModel } = await import("/lib.js");
const blob = await (await fetch("jpeg")).blob();
const model = await loadModel(new Uint8Array(await (await fetch("model.pulmo")).arrayBuffer()));
const img = new Image();
img.src = URL.createObjectURL(blob);
await img.decode();
const refused = await new Promise((done) => done(model.predict(img))).catch(({ message }) => message);
await tell(JSON.stringify({ logOdds: (await model.predict(blob)).logOdds, refused }));`;
    const found = JSON.parse(await driven(openResistantFirefox, script, (asked) => files[asked]));
    assert.is(found.logOdds, (await (await loadModel(model)).predict(jpeg)).logOdds);
    assert.match(found.refused, /^This browser alters the pixels that are read from a canvas, .*: give the image's file/);
  },
);

test.run();
