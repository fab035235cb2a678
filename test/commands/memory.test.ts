// Too little memory: the sentence advises what the command has.
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "../data/places.js";
import { beforeAll } from "../hooks.js";
import { assertRefused, dataset, pulmo } from "./cli.js";

const test = suite("too little memory");

const root = await dataset({ train: 2, val: 1, test: 1 });
const trained = join(temporaryFolder(), "out");
beforeAll(test, async () => {
  const training = ["train", "--data", root, "--models", "logistic", "--epochs", "1", "--quiet", "--out", trained];
  assert.is((await pulmo(training)).code, 0);
});
const checkpoint = ["--checkpoint", join(trained, "logistic")];
/** The program is told that a container leaves it one more MiB. */
const env = { NODE_OPTIONS: "--import=data:text/javascript,process.constrainedMemory=()=>process.memoryUsage.rss()+2**20" };

test("evaluate and predict, which have no --batch-size, do not speak of it", async () => {
  const sentence = /^pulmo: logistic needs \d+ MiB of memory, but only \d MiB are free: close other programs\.$/;
  await assertRefused(["evaluate", ...checkpoint, "--data", root, "--json"], sentence, { env });
  await assertRefused(["predict", ...checkpoint, join(root, "test/NORMAL/synthetic-0000.jpeg")], sentence, { env });
});

test("run and bench step advise a smaller one", async () => {
  const sentence =
    /^pulmo: (logistic at batch size 4|resnet18 at batch size 7) needs \d+ MiB of memory, but only \d MiB are free: use a smaller --batch-size or close other programs\.$/;
  await assertRefused(["run", "--data", root, "--models", "logistic"], sentence, { env });
  await assertRefused(["bench", "step", "--mode", "infer", "--batch-size", "7"], sentence, { env });
});

test("the same where the system refuses what seemed to be free", async () => {
  const refusing =
    "data:text/javascript,WebAssembly.Memory=function(){throw(new(RangeError)('could%20not%20allocate%20memory'))}";
  const refused = { env: { NODE_OPTIONS: `--import=${refusing}` } };
  const image = join(root, "test/NORMAL/synthetic-0000.jpeg");
  const sentence = (advice: string) =>
    new RegExp(`^pulmo: The system grants no more memory: ${advice}close other programs or raise the limit`);
  await assertRefused(["predict", ...checkpoint, image], sentence(""), refused);
  await assertRefused(["bench", "step", "--model", "logistic"], sentence("use a smaller --batch-size, "), refused);
});

test("other limits of the system, too, are told in a sentence", async () => {
  for (const [code, sentence] of [
    ["EMFILE", /^pulmo: The system grants no more open files: raise the limit \(ulimit -n\)\.$/],
    ["EAGAIN", /^pulmo: The system grants no more threads: use fewer --threads or raise the limit \(ulimit -u\)\.$/],
  ] as const) {
    const failing = `process.constrainedMemory=()=>{throw(Object.assign(Error("raw"),{code:"${code}"}))}`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(failing)}` };
    await assertRefused(["train", "--data", root, "--models", "logistic"], sentence, { env });
  }
});

test.run();
