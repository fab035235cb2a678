// Compiles the core once per variant with the options of asconfig.json, and writes the table of its kernels for the
// TypeScript side; `npm run build:core`.
// The micro-kernel's width is an alias, because asconfig.json cannot name one per target.

import { readFileSync, writeFileSync } from "node:fs";
import asc from "assemblyscript/asc";
import { kernelTable } from "./table.mjs";

const ENTRY = "assembly/index.ts";
const TABLE = "src/core/kernel-table.ts";
const WIDTH = { simd: "NARROW", relaxed: "NARROW", revec: "WIDE", unshared: "NARROW" };

for (const [target, width] of Object.entries(WIDTH)) {
  const { error, stderr } = await asc.main([ENTRY, "--config", "asconfig.json", "--target", target, "--use", `WIDTH=${width}`]);
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
}

const table = kernelTable(ENTRY);
// An unchanged file keeps its time, and with it what was compiled from it.
if (readFileSync(TABLE, { encoding: "utf8", flag: "a+" }) !== table) writeFileSync(TABLE, table);
