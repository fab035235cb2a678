// Ctrl-C at every moment of a run, and going on afterwards.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readSafetensors } from "#pulmo/formats/safetensors-file.js";
import { temporaryFolder } from "../data/places.js";
import { beforeAll } from "../hooks.js";
import { dataset, filesBelow, pulmo } from "./cli.js";
import { assertKilledAndResumed } from "./killed.js";

const test = suite("interruption");
const lines = (path: string) => readFileSync(path, "utf8").trimEnd().split("\n");

const root = await dataset({ train: 5, val: 1, test: 2 });
/** 8 training images. */
const eight = ["--data", root, "--limit", "4"];

/** How far an interrupted training has come. */
async function stateIn(out: string): Promise<{ history: unknown[]; step: number }> {
  const { metadata } = await readSafetensors(join(out, "logistic/checkpoint.safetensors"));
  return JSON.parse(metadata.training).state;
}

/** 300 training images, one a step; and what a run of them in one go has written. */
const many = await dataset({ train: 150, val: 1, test: 1 });
const common = [
  "run",
  "--data",
  many,
  "--models",
  "logistic",
  "--epochs",
  "6",
  "--batch-size",
  "1",
  "--no-stress",
  "--no-pictures",
];
const once = join(temporaryFolder(), "once");
beforeAll(test, async () => assert.is((await pulmo([...common, "--out", once, "--quiet"])).code, 0));

function assertAsOnce(out: string): void {
  assert.equal(filesBelow(out), filesBelow(once));
  for (const name of ["model.safetensors", "predictions-test.csv"]) {
    assert.ok(readFileSync(join(out, "logistic", name)).equals(readFileSync(join(once, "logistic", name))), name);
  }
  assert.is(lines(join(out, "logistic/history.jsonl")).length, 6);
}

test("interrupted in the middle of an epoch and resumed: the same bits as in one go", async () => {
  const twice = join(temporaryFolder(), "twice");
  let sent = false;
  const { code, stderr } = await pulmo([...common, "--out", twice], {
    onStderr(text, child) {
      if (!sent && text.includes("epoch 2/6")) sent = child.kill("SIGINT");
    },
  });
  assert.is(code, 130, stderr);
  const said =
    /Interrupted in epoch ([3-6]) of 6; the training is saved\.\npulmo: Interrupted\. Continue with: .* run --resume \S+twice\n$/;
  assert.match(stderr, said);
  const { step, history } = await stateIn(twice);
  assert.is(history.length, Number(said.exec(stderr)![1]) - 1);
  assert.ok(step > 0 && step < 300, `stopped after step ${step} of 300`);
  const resumed = await pulmo(["run", "--resume", twice]);
  assert.is(resumed.code, 0, resumed.stderr);
  assertAsOnce(twice);
});

test("frozen for a while in the middle of an epoch (SIGSTOP, a laptop's sleep): the same bits", async () => {
  const out = join(temporaryFolder(), "out");
  let frozen = false;
  const { code, stderr } = await pulmo([...common, "--out", out], {
    async onStderr(text, child) {
      if (frozen || !text.includes("epoch 2/6")) return;
      frozen = child.kill("SIGSTOP");
      await setTimeout(500);
      child.kill("SIGCONT");
    },
  });
  assert.is(code, 0, stderr);
  assert.ok(frozen);
  assertAsOnce(out);
});

test("killed in the middle of an epoch: no more is lost than --save-every says, and the bits are the same", () => {
  // A second is over after each millisecond: long before the last step on any machine.
  const clock = "const now = performance.now.bind(performance); performance.now = () => 1000 * now();";
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(clock)}`;
  return assertKilledAndResumed({ data: many, model: "logistic", images: 300, env: { NODE_OPTIONS } });
});

for (const [how, said] of [
  ["exit", /worker exited with code: 3/],
  ["throw", /it broke/],
] as const) {
  test(`a worker's end (${how}) ends the run with a sentence, and the run can be resumed to the same bits`, async () => {
    const common = ["train", "--data", root, "--models", "logistic", "--epochs", "30", "--threads", "2", "--quiet"];
    const [once, twice] = [join(temporaryFolder(), "once"), join(temporaryFolder(), "twice")];
    assert.is((await pulmo([...common, "--out", once])).code, 0);
    const { code, stderr } = await pulmo([...common, "--out", twice], {
      env: { BREAK: how, NODE_OPTIONS: `--import=${new URL("./break-worker.js", import.meta.url)}` },
    });
    assert.is(code, 1, stderr);
    assert.match(stderr, said);
    assert.match(stderr, /^pulmo: [^\n]+\. Continue with: [^\n]+ train --resume \S+twice\n$/);
    assert.is((await pulmo(["train", "--resume", twice, "--threads", "2", "--quiet"])).code, 0);
    const [a, b] = [once, twice].map((out) => readFileSync(join(out, "logistic/model.safetensors")));
    assert.ok(a.equals(b));
  });
}

test("the decoding process's end ends the run with a sentence and leaves no cache", async () => {
  const cache = temporaryFolder();
  const env = { PULMO_CACHE: cache };
  const command = ["data", "prepare", "--data", root];
  const preload = `--import=${new URL("./end-decoder.js", import.meta.url)}`;
  const { code, stderr } = await pulmo(command, { env: { ...env, NODE_OPTIONS: preload } });
  assert.is(code, 1, stderr);
  assert.match(stderr, /pulmo: The decoding process exited early \(SIGKILL\): try again[^\n]+\n$/);
  assert.equal(filesBelow(cache), []);
  assert.is((await pulmo(command, { env })).code, 0);
});

test("a closed terminal saves as Ctrl-C does", async () => {
  const out = join(temporaryFolder(), "out");
  let sent = false;
  const { code, stderr } = await pulmo(
    ["train", "--data", many, "--models", "logistic", "--epochs", "50", "--batch-size", "1", "--out", out],
    {
      onStderr(text, child) {
        if (!sent && text.includes("epoch 2/50")) sent = child.kill("SIGHUP");
      },
    },
  );
  assert.is(code, 130, stderr);
  assert.ok((await stateIn(out)).history.length >= 2);
});

test("a stop that comes while a checkpoint is being saved is heard before the next epoch", async () => {
  const out = join(temporaryFolder(), "out");
  const { code, stderr } = await pulmo(["train", ...eight, "--models", "logistic", "--epochs", "3", "--out", out], {
    env: { NODE_OPTIONS: `--import=${new URL("./stop-while-saving.js", import.meta.url)}` },
  });
  assert.is(code, 130, stderr);
  assert.match(stderr, /Stopping after the current step\. Press Ctrl-C again to exit at once, without saving\.\n/);
  assert.match(stderr, /Interrupted in epoch 2 of 3; the training is saved\./);
  const { history, step } = await stateIn(out);
  assert.equal([history.length, step], [1, 0]);
});

test("a second Ctrl-C leaves at once, and nothing half-written stays", async () => {
  const out = join(temporaryFolder(), "out");
  let signals = 0;
  const { code, stderr } = await pulmo(["run", ...eight, "--models", "resnet18", "--epochs", "9", "--out", out], {
    onStderr(text, child) {
      const due = text.includes("Stopping") ? 2 : text.includes("parameters,") ? 1 : 0;
      if (signals < due) signals += Number(child.kill("SIGINT"));
    },
  });
  assert.is(code, 130, stderr);
  assert.is(signals, 2);
  assert.not.ok(stderr.includes("is saved"), stderr);
  assert.equal(filesBelow(out), ["run.json"]);
});

test("Ctrl-C while images are decoded leaves neither results nor half a cache", async () => {
  const cache = temporaryFolder();
  const out = join(temporaryFolder(), "out");
  let sent = false;
  const { code, stderr } = await pulmo(["run", "--data", many, "--models", "logistic", "--threads", "1", "--out", out], {
    env: { PULMO_CACHE: cache },
    // Said after the first of 19 portions.
    onStderr(text, child) {
      if (!sent && text.includes("Decoding")) sent = child.kill("SIGINT");
    },
  });
  assert.is(code, 130, stderr);
  assert.match(stderr, /pulmo: Interrupted\.\n$/);
  assert.not.ok(existsSync(out));
  assert.equal(filesBelow(cache), []);
});

test.run();
