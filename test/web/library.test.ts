// openDataset, train and evaluate in browsers: the bits of the same calls in Node.
import { createHash } from "node:crypto";
import { build } from "esbuild";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { evaluate, openDataset, train } from "#pulmo/lib/train-node.js";
import { chromium } from "../report/chromium.js";
import { unless } from "../skip.js";
import { driven, inChromium, type Open } from "./driven.js";
import { firefox, openFirefox } from "./firefox.js";
import { noWebkit, openWebkit } from "./webkit.js";

const test = suite("training by the library in browsers");

/** Images that are darker or brighter by their class; the same code runs in Node and in the page. */
const IMAGES = `Array.from({ length: 14 }, (_, i) => {
  const [width, height, label] = [240 + i, 230, i % 2];
  const data = Uint8Array.from({ length: width * height }, (_, at) => (at * 7 + i * 31 + (at % width)) % 160 + 90 * label);
  return { pixels: { data, width, height, channels: 1 }, label, split: i < 10 ? "train" : i < 12 ? "val" : "test" };
})`;
const OPTIONS = { recipe: "paper", epochs: 2, batchSize: 4, seed: 3, threads: 2 } as const;
const MODELS = [
  { model: "logistic", epochs: 2 },
  { model: "resnet18", epochs: 1 },
];

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

const files: Record<string, string | Uint8Array> = { "index.html": "<!doctype html>" };
const expected: unknown[] = [];
test.before(async () => {
  const options = { bundle: true, format: "esm", splitting: true, write: false, outdir: "/" } as const;
  const { outputFiles } = await build({ ...options, entryPoints: ["dist/lib/index.js"] });
  for (const { path, contents } of outputFiles) files[path.slice(1)] = contents;
  const data = await openDataset({ images: new Function(`return ${IMAGES}`)() });
  for (const { model, epochs } of MODELS) {
    const training = train({ ...OPTIONS, model, epochs, data, weights: "none", wasm: "simd" });
    const losses: number[] = [];
    for await (const { stepLoss } of training) losses.push(stepLoss);
    const trained = await training.result;
    const { accuracy, auc, confusion } = await evaluate(trained, data.test, { threads: 2, wasm: "simd" });
    expected.push({ file: sha256(trained.file), losses, evaluation: { accuracy, auc, confusion } });
  }
});

/** Trains each model, the first one also with an abort after its second step. */
const SCRIPT = (isolated: boolean) => `
if (crossOriginIsolated !== ${isolated}) throw new Error("isolated: " + crossOriginIsolated);
const { openDataset, train, evaluate, modelFromState } = await import("/index.js");
const hash = async (bytes) => {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
};
const data = await openDataset({ images: ${IMAGES} });
const found = [];
for (const { model, epochs } of ${JSON.stringify(MODELS)}) {
  const options = { ...${JSON.stringify(OPTIONS)}, model, epochs, data, weights: "none" };
  const training = train(options);
  const losses = [];
  for await (const { stepLoss } of training) losses.push(stepLoss);
  const trained = await training.result;
  const { accuracy, auc, confusion } = await evaluate(trained, data.test);
  found.push({ file: await hash(trained.file), losses, evaluation: { accuracy, auc, confusion } });
  if (found.length > 1) continue;
  const stopper = new AbortController();
  const stopped = train({ ...options, signal: stopper.signal });
  let steps = 0;
  const reason = await (async () => {
    for await (const _ of stopped) if (++steps === 2) stopper.abort();
  })().then(() => "finished", ({ name }) => name);
  if (reason !== "AbortError") throw new Error("aborted: " + reason);
  const continued = await train({ ...options, state: structuredClone(stopped.state) }).result;
  if ((await hash(continued.file)) !== found[0].file) throw new Error("other bits after an abort");
  // One step per epoch: the aborted training has the weights of one with fewer epochs.
  const slow = { ...options, batchSize: 10, epochs: 500 };
  const interrupter = new AbortController();
  const paused = train({ ...slow, signal: interrupter.signal });
  await (async () => {
    for await (const { epoch } of paused) if (epoch === 2) interrupter.abort();
  })().catch(() => {});
  const unfinished = await modelFromState(structuredClone(paused.state));
  const ended = await train({ ...slow, epochs: paused.state.trainSteps }).result;
  for (const name of ["x.pulmo", "x.safetensors"]) {
    const [saved, whole] = await Promise.all([unfinished, ended].map(async (one) => hash(await (await one.toBlob(name)).arrayBuffer())));
    if (saved !== whole) throw new Error("the model of an aborted training has other bits in " + name);
  }
  const refusal = await train({ ...options, sede: 1 }).result.catch(({ message }) => message);
  if (!/Unknown setting "sede"/.test(refusal)) throw new Error(refusal);
}
await tell(JSON.stringify(found));`;

const ISOLATED = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
async function inBrowser(open: Open, isolated: boolean): Promise<void> {
  const told = await driven(open, SCRIPT(isolated), (name) => files[name], isolated ? ISOLATED : {});
  assert.equal(JSON.parse(told), JSON.parse(JSON.stringify(expected)));
}

const withChromium = unless(chromium === undefined ? "no Chromium here (PULMO_CHROMIUM names one)" : undefined, test);
withChromium("Chromium, two threads", () => inBrowser(inChromium, true));
withChromium("Chromium, one thread without isolation", () => inBrowser(inChromium, false));
const withFirefox = unless(firefox === undefined ? "no Firefox here (PULMO_FIREFOX names one)" : undefined, test);
withFirefox("Firefox, two threads", () => inBrowser(openFirefox, true));
unless(noWebkit, test)("WebKitGTK, two threads", () => inBrowser(openWebkit, true));

test.run();
