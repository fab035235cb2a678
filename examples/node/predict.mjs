import { readFileSync } from "node:fs";
import { loadModel } from "../../dist/core/infer.js";

/** An 8-bit PGM: "P5 width height 255", then the pixels. */
function readPgm(bytes) {
  const [header, width, height] = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(new TextDecoder("latin1").decode(bytes.subarray(0, 64)));
  return { data: bytes.subarray(header.length), width: Number(width), height: Number(height), channels: 1 };
}

const [core, file, ...images] = process.argv.slice(2);
const model = await loadModel(readFileSync(core), readFileSync(file));
for (const image of images) {
  const { logOdds, label } = model.predict(readPgm(readFileSync(image)));
  console.log(`${image} ${logOdds} ${label}`);
}
