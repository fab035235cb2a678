// Compiles the core once per variant, and the standalone inference core, with the options of asconfig.json; writes the table of
// its kernels for the TypeScript side and for the inference core's interpreter. `npm run build:core`.
// The micro-kernel's width is an alias, because asconfig.json cannot name one per target.

import { readFileSync, writeFileSync } from "node:fs";
import asc from "assemblyscript/asc";
import { dispatch } from "./infer/dispatch.mjs";
import { kernelTable } from "./table.mjs";

const ENTRY = "assembly/index.ts";
const TABLE = "src/core/kernel-table.ts";
const INFER = "assembly/infer/index.ts";
const DISPATCH = "assembly/infer/dispatch.ts";
const CORE = "dist/core/pulmo-infer.wasm";
const INLINE = "src/core/inline-core.ts";
const WIDTH = { simd: "NARROW", relaxed: "NARROW", revec: "WIDE", unshared: "NARROW", infer: "NARROW" };

writeIfChanged(DISPATCH, dispatch(ENTRY));
for (const [target, width] of Object.entries(WIDTH)) {
  const entry = target === "infer" ? INFER : ENTRY;
  const { error, stderr } = await asc.main([entry, "--config", "asconfig.json", "--target", target, "--use", `WIDTH=${width}`]);
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
}

writeIfChanged(TABLE, kernelTable(ENTRY));
writeIfChanged(
  INLINE,
  `// Made by assembly/build.mjs: pulmo-infer.wasm in Base64.\nexport const CORE: string = "${readFileSync(CORE, "base64")}";\n`,
);

/** An unchanged file keeps its time, and with it what was compiled from it. */
function writeIfChanged(path, text) {
  if (readFileSync(path, { encoding: "utf8", flag: "a+" }) !== text) writeFileSync(path, text);
}
