// The core has no state: a second instance over the same memory must not write to it, nor keep data of its own.

import { readdirSync, readFileSync } from "node:fs";
import { sep } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { VARIANTS } from "#pulmo/node/variant.js";
import { exportsOf, importsOf, SECTION, sectionsOf } from "./wasm-sections.js";

const test = suite("structure: the core");
const ABSENT = ["data", "dataCount", "global", "memory", "table", "element", "start"] as const;
const FILES = [...VARIANTS, "relaxed4", "unshared"];
const read = (variant: string) => sectionsOf(readFileSync(`dist/core/${variant}.wasm`));

for (const variant of FILES) {
  test(`${variant}: no data, globals, memory, table or start function`, () => {
    const sections = read(variant);
    for (const name of ABSENT)
      assert.not.ok(
        sections.some((s) => s.id === SECTION[name]),
        `${variant} has a ${name} section`,
      );
  });

  test(`${variant}: the memory is the only import`, () => {
    // Bit 0: it has a maximum; bit 1: it is shared.
    const limits = variant === "unshared" ? 0b01 : 0b11;
    assert.equal(importsOf(read(variant)), [{ module: "env", name: "memory", kind: 2, limits }]);
  });

  test(`${variant}: exports functions only, the same ones as every variant`, () => {
    const exports = exportsOf(read(variant));
    assert.equal(
      exports.filter((e) => e.kind !== 0),
      [],
    );
    assert.equal(exports, exportsOf(read(VARIANTS[0])));
  });
}

test("assembly/index.ts re-exports every kernel file and does nothing else", () => {
  const code = readFileSync("assembly/index.ts", "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("//"));
  // lib is only for kernels, not for callers; infer is a separate core.
  const files = (readdirSync("assembly", { recursive: true }) as string[])
    .map((f) => f.split(sep).join("/"))
    .filter((f) => f.endsWith(".ts") && f !== "index.ts" && !/^(lib|infer)\//.test(f))
    .map((f) => f.slice(0, -3));
  assert.equal(code.sort(), files.map((f) => `export * from "./${f}";`).sort());
});

// Tests of the section reader with hand-made modules.
const MODULE = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

test("the section reader finds all sections", () => {
  // (memory 1) (global i32 (i32.const 7)) (export "g" (global 0)) (data (i32.const 0) "x")
  const owning = Uint8Array.from([
    ...MODULE,
    5,
    3,
    1,
    0,
    1,
    6,
    6,
    1,
    0x7f,
    0,
    0x41,
    7,
    0x0b,
    7,
    5,
    1,
    1,
    0x67,
    3,
    0,
    11,
    7,
    1,
    0,
    0x41,
    0,
    0x0b,
    1,
    0x78,
  ]);
  assert.ok(WebAssembly.validate(owning));
  assert.equal(
    sectionsOf(owning).map((s) => s.id),
    [SECTION.memory, SECTION.global, SECTION.export, SECTION.data],
  );
  assert.equal(exportsOf(sectionsOf(owning)), [{ name: "g", kind: 3 }]);
  // (import "env" "memory" (memory 1)), not shared
  const unshared = Uint8Array.from([...MODULE, 2, 15, 1, 3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 0, 1]);
  assert.ok(WebAssembly.validate(unshared));
  assert.equal(importsOf(sectionsOf(unshared)), [{ module: "env", name: "memory", kind: 2, limits: 0 }]);
  assert.throws(() => sectionsOf(Uint8Array.from([...MODULE, 2, 15, 1])), /section 2 runs past the end/);
});

test.run();
