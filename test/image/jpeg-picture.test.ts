// JPEG files: what is refused before and by libjpeg, in Node (sharp) and in browsers (WebAssembly), with the same pixels.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MARKER, segmentAt } from "#pulmo/image/jpeg/markers.js";
import { readPicture } from "#pulmo/image/jpeg/picture.js";
import { turbo } from "#pulmo/lib/browser-jpeg.js";
import { fileDecoder } from "#pulmo/lib/decode-file.js";
import { decodeBytes } from "#pulmo/node/decode.js";
import { patterned } from "../data/patterned.js";

const test = suite("image: JPEG files");
const DAMAGED = "the image data are damaged or cut short";
const EOI = Uint8Array.of(0xff, MARKER.EOI);

const inBrowser = fileDecoder(turbo);
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => "read",
    ({ message }: Error) => message,
  );
/** Both refuse, with the same message, or both read. */
async function outcome(bytes: Uint8Array): Promise<string> {
  const [node, browser] = [await refusal(decodeBytes(bytes)), await refusal(inBrowser(Uint8Array.from(bytes)))];
  assert.is(browser, node);
  return node;
}

const rgb = ({ data, channels }: { data: Uint8Array; channels: number }) =>
  channels === 3 ? [...data] : Array.from({ length: 3 * data.length }, (_, i) => data[Math.floor(i / 3)]);
async function pixels(bytes: Uint8Array): Promise<number[]> {
  const [node, browser] = [await decodeBytes(bytes), await inBrowser(Uint8Array.from(bytes))];
  assert.equal([browser.width, browser.height], [node.width, node.height]);
  assert.equal(rgb(browser), rgb(node));
  return rgb(node);
}

const JFIF = Buffer.from("ffe000104a46494600010100000100010000", "hex");
/** sharp writes none. */
const grey = async () => {
  const bytes = await patterned(50, 40, 1).toColourspace("b-w").jpeg().toBuffer();
  return Buffer.concat([bytes.subarray(0, 2), JFIF, bytes.subarray(2)]);
};
const colour = () => patterned(50, 40, 3).jpeg().toBuffer();
const progressive = () => patterned(50, 40, 3).jpeg({ progressive: true }).toBuffer();

/** The offset of the n-th segment with this marker. */
function placeOf(bytes: Uint8Array, marker: number): number {
  for (let at = 2; ; ) {
    const segment = segmentAt(bytes, at);
    if (segment.marker === marker) return segment.start;
    at = segment.end;
  }
}
function altered(bytes: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy.set(values, at);
  return copy;
}

test("libjpeg in WebAssembly has sharp's pixels: grey, colours and their sampling, progressive, CMYK", async () => {
  for (const make of [
    grey,
    colour,
    progressive,
    () => patterned(51, 43, 3).jpeg({ chromaSubsampling: "4:2:0", quality: 60 }).toBuffer(),
    () => patterned(51, 43, 3).jpeg({ chromaSubsampling: "4:4:4", quality: 100 }).toBuffer(),
    () => patterned(51, 43, 4).toColourspace("cmyk").jpeg().toBuffer(),
  ]) {
    assert.ok(new Set(await pixels(await make())).size > 50);
  }
});

test("every cut is refused, with and without an end marker behind it", async () => {
  for (const make of [grey, colour, progressive]) {
    const bytes = await make();
    const scan = placeOf(bytes, MARKER.SOS);
    const step = Math.ceil((bytes.length - scan) / 40);
    for (let length = scan + 2; length < bytes.length - 2; length += step) {
      const cut = bytes.subarray(0, length);
      assert.is(await outcome(cut), DAMAGED, `${length} of ${bytes.length}`);
      const ended = await outcome(Buffer.concat([cut, EOI]));
      assert.match(
        ended,
        /damaged or cut short$|^the progressive JPEG lacks its last scans/,
        `${length} of ${bytes.length}, ended`,
      );
    }
    // Even the last byte of the data is missed.
    const last = await outcome(Buffer.concat([bytes.subarray(0, -3), EOI]));
    assert.match(last, /damaged or cut short$/);
  }
});

test("a progressive file without its last scans is refused", async () => {
  const bytes = await progressive();
  const starts = [...bytes.keys()].filter((at) => bytes[at] === 0xff && bytes[at + 1] === MARKER.SOS);
  assert.ok(starts.length > 3);
  for (const start of starts.slice(1)) {
    const told = await outcome(Buffer.concat([bytes.subarray(0, start), EOI]));
    assert.match(told, /^the progressive JPEG lacks its last scans: it was cut short, or made as a preview$|damaged/);
  }
  const beforeLast = await outcome(Buffer.concat([bytes.subarray(0, starts.at(-1)), EOI]));
  assert.match(beforeLast, /lacks its last scans/);
});

test("data for more or for fewer pixels than the header states are refused", async () => {
  for (const make of [grey, colour]) {
    const bytes = await make();
    const frame = placeOf(bytes, MARKER.SOF0);
    // Height, then width, in words.
    assert.is(await outcome(altered(bytes, frame + 5, 10_000 >> 8, 10_000 & 255, 10_000 >> 8, 10_000 & 255)), DAMAGED);
    assert.is(await outcome(altered(bytes, frame + 5, 0, 80)), DAMAGED);
    assert.is(await outcome(altered(bytes, frame + 5, 0, 20)), DAMAGED);
    assert.is(await outcome(altered(bytes, frame + 5, 0, 0)), DAMAGED);
    const extra = Buffer.concat([bytes.subarray(0, -2), Buffer.alloc(3), EOI]);
    assert.is(await outcome(extra), DAMAGED);
  }
});

test("what does not change the pixels is passed over: EXIF, profiles, comments, odd headers, bytes after the end", async () => {
  const bytes = await grey();
  const expected = await pixels(bytes);
  const [scan, jfif] = [placeOf(bytes, MARKER.SOS), placeOf(bytes, MARKER.APP0)];
  const turned = Buffer.from(
    "ffe10022457869660000" + "4d4d002a00000008" + "0001" + "011200030000000100060000" + "00000000",
    "hex",
  );
  const segment = (marker: number, text: string) =>
    Buffer.concat([Uint8Array.of(0xff, marker, 0, text.length + 2), Buffer.from(text)]);
  const more = [turned, segment(0xe2, "ICC_PROFILE\0no profile"), segment(0xe2, "MPF\0"), segment(0xfe, "a comment")];
  const start = bytes.subarray(0, 2);
  for (const other of [
    Buffer.concat([start, ...more, bytes.subarray(2)]),
    Buffer.concat([bytes, Buffer.from("trailing bytes")]),
    Buffer.concat([bytes, await colour()]),
    // Phones write Ss, Se, Ah and Al of 0 in sequential scans.
    altered(bytes, scan + 7, 0, 0, 0),
    altered(bytes, jfif + 9, 2),
    Buffer.concat([bytes.subarray(0, scan), Uint8Array.of(0xff, 0xff, 0xff), bytes.subarray(scan)]),
  ]) {
    assert.equal(await pixels(other), expected);
  }
  assert.equal(readPicture(Buffer.concat([start, ...more, bytes.subarray(2)])), readPicture(bytes));
});

test("processes that libjpeg does not decode are named", async () => {
  const bytes = await grey();
  const frame = placeOf(bytes, MARKER.SOF0);
  const names: [number[], string][] = [
    [[MARKER.SOF3], "lossless JPEG"],
    [[MARKER.SOF9], "arithmetic-coded JPEG"],
    [[MARKER.SOF10], "arithmetic-coded JPEG"],
    [[0xc5], "hierarchical JPEG"],
    [[MARKER.SOF55], "JPEG-LS"],
  ];
  const advice = "is not supported outside of DICOM: save the image as a baseline JPEG or as PNG";
  for (const [values, name] of names) assert.is(await outcome(altered(bytes, frame + 1, ...values)), `${name} ${advice}`);
  assert.is(await outcome(altered(bytes, frame + 4, 12)), `12-bit JPEG ${advice}`);
  assert.is(await outcome(altered(bytes, frame + 9, 2)), "a JPEG of 2 components is not supported");
});

test("damaged: two frames, no tables, unknown components, thousands of scans", async () => {
  const bytes = await grey();
  const [frame, scan] = [placeOf(bytes, MARKER.SOF0), placeOf(bytes, MARKER.SOS)];
  const framed = bytes.subarray(frame, segmentAt(bytes, frame).end);
  assert.is(await outcome(Buffer.concat([bytes.subarray(0, frame), framed, bytes.subarray(frame)])), DAMAGED);
  assert.is(await outcome(altered(bytes, scan + 5, 9)), DAMAGED);
  assert.is(await outcome(altered(bytes, scan + 6, 0x33)), DAMAGED);
  const progressiveBytes = await progressive();
  const at = placeOf(progressiveBytes, MARKER.SOS);
  const one = progressiveBytes.subarray(at, progressiveBytes.indexOf(0xff, segmentAt(progressiveBytes, at).end));
  const many = Buffer.concat([progressiveBytes.subarray(0, at), ...Array.from({ length: 101 }, () => one), EOI]);
  assert.is(await outcome(many), "a JPEG of more than 100 scans is not supported");
});

test.run();
