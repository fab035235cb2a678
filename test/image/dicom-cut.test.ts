// Compressed pixel data that were cut, whatever stands behind the cut, are refused: a part of an image is never scored.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decodeBytes } from "#pulmo/node/decode.js";
import { dicom, fragment, type Tags } from "./dicom-file.js";

const test = suite("dicom: cut pixel data");
const FIXTURES = "test/fixtures/dicom";
const PIXELS = Buffer.from("e07f10004f420000ffffffff", "hex");
const ITEM = 0xe000fffe;

/** A file of one frame, split at its pixel data: everything before, and the frame's bytes. */
function split(name: string): { head: Buffer; frame: Buffer } {
  const file = readFileSync(join(FIXTURES, name));
  const start = file.lastIndexOf(PIXELS);
  const items: Buffer[] = [];
  for (let at = start + PIXELS.length; file.readUInt32LE(at) === ITEM; at += 8 + items.at(-1)!.length) {
    items.push(file.subarray(at + 8, at + 8 + file.readUInt32LE(at + 4)));
  }
  return { head: file.subarray(0, start), frame: Buffer.concat(items.slice(1)) };
}

const END = Buffer.from([0xff, 0xd9]);
const behind: Record<string, (frame: Buffer, cut: number) => Buffer> = {
  nothing: () => Buffer.alloc(0),
  "the marker of the end": () => END,
  zeros: (frame, cut) => Buffer.alloc(frame.length - cut),
  "what follows 40 bytes later": (frame, cut) => frame.subarray(cut + 40),
};

const NAMES = readdirSync(FIXTURES).filter((name) => /^(rle|jpeg-)/.test(name));

for (const name of NAMES) {
  test(`${name}`, async () => {
    const { head, frame } = split(name);
    const decode = (bytes: Buffer) => decodeBytes(Buffer.concat([head, fragment(bytes)]));
    await decode(frame);
    for (const [what, tail] of Object.entries(behind)) {
      for (const share of [0.3, 0.65, 0.9]) {
        const cut = Math.floor(frame.length * share);
        const found = await decode(Buffer.concat([frame.subarray(0, cut), tail(frame, cut)])).catch((error: Error) => error);
        assert.instance(found, Error, `${what} behind ${cut} of ${frame.length} bytes`);
        assert.match((found as Error).message, /damaged or cut short$|do not match the file's rows|too many tiles/);
      }
    }
  });
}

test("a hole of zeros in JPEG 2000, which OpenJPEG takes for empty packets, is found if it is long enough", async () => {
  for (const name of NAMES.filter((name) => name.startsWith("jpeg-2000"))) {
    const { head, frame } = split(name);
    frame.fill(0, Math.floor(frame.length * 0.4), frame.length - 2);
    const found = await decodeBytes(Buffer.concat([head, fragment(frame)])).catch((error: Error) => error);
    assert.instance(found, Error, name);
    assert.match((found as Error).message, /damaged or cut short$/, name);
  }
});

test("a frame without the marker of its end is whole", async () => {
  for (const name of ["jpeg-lossless-1.dcm", "jpeg-extended-12.dcm", "jpeg-ls.dcm"]) {
    const { head, frame } = split(name);
    const whole = await decodeBytes(Buffer.concat([head, fragment(frame)]));
    // fragment() appends a byte to an odd length.
    const bare = await decodeBytes(Buffer.concat([head, fragment(frame.subarray(0, frame.lastIndexOf(END)))]));
    assert.equal(bare.data, whole.data, name);
  }
});

const SYNTAX = "1.2.840.10008.1.2";

test("a few bytes that claim many pixels are refused before memory is taken", async () => {
  for (const [name, syntax] of [
    ["rle.dcm", `${SYNTAX}.5`],
    ["jpeg-lossless-1.dcm", `${SYNTAX}.4.57`],
    ["jpeg-extended-12.dcm", `${SYNTAX}.4.51`],
  ]) {
    const tags: Tags = {
      "00020010": ["UI", syntax],
      "00280010": ["US", [6000]],
      "00280011": ["US", [6000]],
      "00280100": ["US", [16]],
      "00280101": ["US", [12]],
      "00280102": ["US", [11]],
      "7fe00010": null,
    };
    const { frame } = split(name);
    const header = frame.indexOf(Buffer.from([0xff, syntax.endsWith("57") ? 0xc3 : 0xc1]));
    if (header >= 0) frame.writeUInt32BE(6000 * 65536 + 6000, header + 5);
    const before = process.memoryUsage().arrayBuffers;
    const found = await decodeBytes(Buffer.concat([dicom(tags), fragment(frame)])).catch((error: Error) => error);
    assert.match((found as Error).message, /^the pixel data are damaged or cut short$/, name);
    assert.ok(process.memoryUsage().arrayBuffers - before < 50e6, name);
  }
});

test("compressed pixels of fewer bits than the file states are used as they are, unless they have a sign", async () => {
  const { head, frame } = split("jpeg-extended-12.dcm");
  const stated = (bits: number, signed: number) => {
    const changed = Buffer.from(head);
    const place = (element: number) => changed.indexOf(Buffer.from([0x28, 0, element, 1, 0x55, 0x53])) + 8;
    changed.writeUInt16LE(bits, place(0x01));
    changed.writeUInt16LE(bits - 1, place(0x02));
    changed.writeUInt16LE(signed, place(0x03));
    return decodeBytes(Buffer.concat([changed, fragment(frame)]));
  };
  const { data } = await stated(12, 0);
  const more = await stated(16, 0);
  assert.equal(more.data, data);
  assert.equal(more.notes, ["the compressed pixels have 12 bits, the file states 16: their values are used as they are"]);
  const found = await stated(16, 1).catch((error: Error) => error);
  assert.match((found as Error).message, /^the pixel data do not match the file's rows, columns and bits$/);
});

test.run();
