// --spare: the disk of a run's folder fills up, nobody is there, and nothing that was trained is lost.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { assertRefused, type CallOptions, dataset, filesBelow, pulmo } from "../../commands/cli.js";
import { temporaryFolder } from "../../data/places.js";
import { beforeAll } from "../../hooks.js";

const test = suite("a spare folder");

const root = await dataset({ train: 150, val: 1, test: 1 });
const common = ["train", "--data", root, "--models", "logistic", "--epochs", "4", "--batch-size", "1", "--threads", "1"];
const once = join(temporaryFolder(), "once");
beforeAll(test, async () => assert.is((await pulmo([...common, "--out", once, "--quiet"])).code, 0));

/** A run whose disk is full but for run.json, until `room`. */
function crammed() {
  const [out, spare] = [join(temporaryFolder(), "run"), temporaryFolder()];
  const full = `${out}.full`;
  writeFileSync(full, "");
  const env = { FULL: out, NODE_OPTIONS: `--import=${new URL("./full-disk.js", import.meta.url)}` };
  const run = (args: string[], options: CallOptions = {}) => pulmo(args, { env, ...options });
  return { out, spare, run, room: () => rmSync(full) };
}

function assertAsOnce(out: string): void {
  assert.equal(filesBelow(out), filesBelow(once));
  const [a, b] = [out, once].map((folder) => readFileSync(join(folder, "logistic/model.safetensors")));
  assert.ok(a.equals(b));
}

test("a whole training is kept there, and resuming writes its model without training", async () => {
  const { out, spare, run, room } = crammed();
  const { code, stderr } = await run([...common, "--out", out, "--spare", spare]);
  assert.is(code, 2, stderr);
  const said =
    /^pulmo: The disk of \S+run is full and the completed training is saved in (\S+): free some space, then resume the run\./m;
  assert.match(stderr, said);
  assert.equal(
    [said.exec(stderr)![1]],
    readdirSync(spare).map((name) => join(spare, name)),
  );
  room();
  const resumed = await run(["train", "--resume", out]);
  assert.is(resumed.code, 0, resumed.stderr);
  assert.not.match(resumed.stderr, /epoch \d/);
  assertAsOnce(out);
  assert.equal(readdirSync(spare), []);
});

test("an interrupted training is saved there and goes on from there", async () => {
  const { out, spare, run, room } = crammed();
  let sent = false;
  const { code, stderr } = await run([...common, "--out", out, "--spare", spare], {
    onStderr(text, child) {
      if (!sent && text.includes("epoch 2/4")) sent = child.kill("SIGINT");
    },
  });
  assert.is(code, 130, stderr);
  assert.match(stderr, /The disk of \S+run is full: free some space. The training continues and is saved in \S+\./);
  room();
  const resumed = await run(["train", "--resume", out]);
  assert.is(resumed.code, 0, resumed.stderr);
  assert.match(resumed.stderr, /epoch [34]\/4/);
  assert.not.match(resumed.stderr, /epoch [12]\/4/);
  assertAsOnce(out);
  assert.equal(readdirSync(spare), []);
});

test("a spare folder that is not writable is refused", async () => {
  writeFileSync(join(root, "file"), "");
  await assertRefused([...common, "--spare", join(root, "file/x")], /^pulmo: --spare \S+ is not writable/);
});

test.run();
