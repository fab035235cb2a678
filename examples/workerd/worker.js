import { loadModel } from "infer.js";
import file from "model.pulmo";
import core from "pulmo-infer.wasm";

/** workerd does not compile bytes: the core is imported as a module. */
const model = await loadModel(core, new Uint8Array(file));

/** An 8-bit PGM: "P5 width height 255", then the pixels. */
function readPgm(bytes) {
  const [header, width, height] = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(new TextDecoder().decode(bytes.subarray(0, 20)));
  return { data: bytes.subarray(header.length), width: Number(width), height: Number(height), channels: 1 };
}

export default {
  async fetch(request) {
    return Response.json(model.predict(readPgm(new Uint8Array(await request.arrayBuffer()))));
  },
};
