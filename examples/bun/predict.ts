import { loadModel } from "../../dist/core/infer.js";

/** An 8-bit PGM: "P5 width height 255", then the pixels. */
function readPgm(bytes: Uint8Array) {
  const header = new TextDecoder("latin1").decode(bytes.subarray(0, 64));
  const [all, width, height] = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(header)!;
  return { data: bytes.subarray(all.length), width: Number(width), height: Number(height), channels: 1 as const };
}

const read = (path: string) => Bun.file(path).bytes();
const [core, file, ...images] = process.argv.slice(2);
const model = await loadModel(await read(core), await read(file));
for (const image of images) {
  const { logOdds, label } = model.predict(readPgm(await read(image)));
  console.log(`${image} ${logOdds} ${label}`);
}
