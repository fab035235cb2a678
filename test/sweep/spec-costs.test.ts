// The specification of a sweep as YAML that is made to cost much.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readSpec } from "#pulmo/sweep/spec.js";
import { texts } from "../attack/adversarial/texts.js";
import { temporaryFolder } from "../data/places.js";

const test = suite("the costs of a sweep's specification");
const path = join(temporaryFolder(), "sweep.yaml");

async function refusal(text: string | Uint8Array): Promise<string> {
  writeFileSync(path, text);
  const error = await readSpec(path).catch((e) => e);
  assert.is(error?.name, "InputError");
  return error.message;
}

test("each adversarial file is refused in a sentence", async () => {
  const cases = texts.filter(({ area }) => area === "sweep's specification");
  assert.ok(cases.length > 10);
  for (const { name, bytes } of cases) assert.match(await refusal(bytes()), /^[^\n]{1,400}$/, name);
});

test("size, number and depth are bounded", async () => {
  assert.match(await refusal("[".repeat(64e3)), /more than 16 levels deep/);
  assert.match(await refusal("- ".repeat(64e3)), /more than 16 levels deep/);
  assert.match(await refusal(`lr: [${"1,".repeat(1e5)}1]`), /too many values for a sweep/);
  assert.match(await refusal("#".repeat(2 ** 18 + 1)), /larger than 0\.25 MiB/);
  assert.match(await refusal("lr: 0.1\nlr: 0.2\n"), /"lr" stands there more than once/);
});

test("a thousand values and maps in one line are read", async () => {
  const values = Array.from({ length: 1000 }, (_, i) => i + 1);
  writeFileSync(path, `lr: [${values.map((n) => n / 1e4).join(", ")}]\nseeds: [1, 2]\n`);
  const spec = await readSpec(path);
  assert.is(spec.options[0][1].length, 1000);
  assert.equal(spec.seeds, [1, 2]);
  writeFileSync(path, "lr: {from: 0.0001, to: 0.01, count: 3, scale: log}\n");
  assert.equal((await readSpec(path)).options[0][1], [0.0001, 0.001, 0.01]);
});

test.run();
