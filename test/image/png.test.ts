// The PNG decoder for browsers gives the same pixels as sharp in Node.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { encode } from "fast-png";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MAX_IMAGE } from "#pulmo/image/bounds.js";
import { decodePng } from "#pulmo/image/png.js";
import { decodeImage } from "#pulmo/node/decode.js";
import { patterned } from "../data/patterned.js";
import { temporaryFolder } from "../data/places.js";

const test = suite("image: png");
const path = join(temporaryFolder(), "image.png");

/** Grey levels of `depth` bits, none of them fitting into whole bytes. */
function shallow(width: number, height: number, depth: number): Uint8Array {
  const rowBytes = Math.ceil((width * depth) / 8);
  const rows = Array.from({ length: height * (rowBytes + 1) }, (_, i) => (i % (rowBytes + 1) === 0 ? 0 : (i * 89) & 255));
  const chunk = (type: string, body: Uint8Array) => {
    const out = Buffer.alloc(12 + body.length);
    out.writeUInt32BE(body.length, 0);
    out.write(type, 4, "latin1");
    out.set(body, 8);
    out.writeUInt32BE(crc32(out.subarray(4, 8 + body.length)), 8 + body.length);
    return out;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = depth;
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const data = deflateSync(Uint8Array.from(rows));
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", new Uint8Array())]);
}

/** Values of 16 bits, all different for one channel. */
const deep = (channels: number) =>
  encode({
    width: 64,
    height: 64,
    channels: channels as 1,
    depth: 16,
    data: Uint16Array.from({ length: 64 * 64 * channels }, (_, i) => (i * 40503) & 65535),
  });

const images: Record<string, () => Promise<Uint8Array> | Uint8Array> = {
  grey: () => patterned(90, 60, 1).toColourspace("b-w").png().toBuffer(),
  "grey, alpha": () => patterned(90, 60, 2).toColourspace("b-w").png().toBuffer(),
  colour: () => patterned(90, 60, 3).png().toBuffer(),
  "colour, alpha": () => patterned(90, 60, 4).png().toBuffer(),
  interlaced: () => patterned(91, 61, 3).png({ progressive: true }).toBuffer(),
  "a palette": () => patterned(90, 60, 3).png({ palette: true }).toBuffer(),
  "a palette with alpha": () => patterned(90, 60, 4).png({ palette: true }).toBuffer(),
  "16 bits": () => deep(1),
  "16 bits, alpha": () => deep(2),
  "16 bits, colour": () => deep(3),
  "16 bits, colour, alpha": () => deep(4),
  "1 bit": () => shallow(29, 7, 1),
  "2 bits": () => shallow(29, 7, 2),
  "4 bits": () => shallow(29, 7, 4),
};
/** As RGB, however many channels hold it. */
const rgb = ({ data, channels }: { data: Uint8Array; channels: number }) =>
  channels === 3 ? Uint8Array.from(data) : Uint8Array.from({ length: 3 * data.length }, (_, i) => data[Math.floor(i / 3)]);

for (const [name, make] of Object.entries(images)) {
  test(`${name}: sharp's pixels`, async () => {
    const bytes = await make();
    writeFileSync(path, bytes);
    const expected = await decodeImage(path);
    const found = decodePng(Uint8Array.from(bytes), MAX_IMAGE);
    assert.equal([found.width, found.height], [expected.width, expected.height]);
    assert.equal(rgb(found), rgb(expected));
  });
}

test("a view into a larger buffer is read in its bounds", () => {
  const bytes = shallow(29, 7, 4);
  const room = new Uint8Array(bytes.length + 9);
  room.set(bytes, 5);
  assert.equal(decodePng(room.subarray(5, 5 + bytes.length), MAX_IMAGE), decodePng(Uint8Array.from(bytes), MAX_IMAGE));
});

test("refused: cut short, altered, too large", () => {
  const DAMAGED = /^the image data are damaged or cut short$/;
  const bytes = Uint8Array.from(shallow(29, 7, 4));
  for (const length of [0, 8, 32, 33, bytes.length - 20]) {
    assert.throws(() => decodePng(bytes.subarray(0, length), MAX_IMAGE), DAMAGED, String(length));
  }
  const altered = bytes.slice();
  altered[45]++;
  assert.throws(() => decodePng(altered, MAX_IMAGE), DAMAGED);
  assert.throws(() => decodePng(bytes, { ...MAX_IMAGE, edge: 28 }), /^an edge is longer than 28 pixels$/);
});

test.run();
