// DICOM files whose container is incomplete, unusual, or contradicts its data. The right grey is that of the same pixels in a
// regular file, which dicom.test.ts compares with pydicom's.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync, inflateRawSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decodeBytes } from "#pulmo/node/decode.js";
import { dicom, element, fragment, type Tags } from "./dicom-file.js";

const test = suite("DICOM containers");

const FIXTURES = "test/fixtures/dicom";
const expected: Record<string, { grey: string }> = JSON.parse(readFileSync(join(FIXTURES, "expected.json"), "utf8"));
const fixture = (name: string): Buffer => readFileSync(join(FIXTURES, `${name}.dcm`));
const SYNTAX = "1.2.840.10008.1.2";
/** What dicom() holds, min-max. */
const PIXELS = [0, 50, 100, 150, 200, 255];

/** The pixels of `bytes` are those of the fixture `name`; the notes match, one each. */
async function same(bytes: Buffer, name: string, notes: RegExp[], what: string): Promise<void> {
  const image = await decodeBytes(bytes);
  assert.is(Buffer.from(image.data).toString("base64"), expected[name].grey, what);
  checkNotes(image.notes, notes, what);
}

function checkNotes(found: string[] = [], notes: RegExp[], what: string): void {
  assert.is(found.length, notes.length, `${what}: ${found.join("; ")}`);
  for (const [i, note] of notes.entries()) assert.match(found[i], note, what);
}

const refusal = (bytes: Buffer): Promise<string> =>
  decodeBytes(bytes).then(
    () => "none",
    (error: Error) => error.message,
  );

/** `bytes` with another transfer syntax in its header, or without one; the length of group 2 is corrected. */
function withSyntax(bytes: Buffer, syntax: string | null): Buffer {
  const at = bytes.indexOf(Buffer.from([2, 0, 0x10, 0, 0x55, 0x49]));
  const end = at + 8 + bytes.readUInt16LE(at + 6);
  const changed = syntax === null ? Buffer.alloc(0) : element("00020010", "UI", syntax);
  const all = Buffer.concat([bytes.subarray(0, at), changed, bytes.subarray(end)]);
  all.writeUInt32LE(bytes.readUInt32LE(140) + changed.length - (end - at), 140);
  return all;
}

const bodyOf = (bytes: Buffer): Buffer => bytes.subarray(144 + bytes.readUInt32LE(140));

test("a transfer syntax that contradicts the value representations: read as it is written, as pydicom does", async () => {
  const saysImplicit = /^the transfer syntax says implicit VR little endian, but the data set is explicit VR little endian/;
  const saysExplicit = /^the transfer syntax says explicit VR little endian, but the data set is implicit VR little endian/;
  await same(withSyntax(fixture("explicit"), SYNTAX), "explicit", [saysImplicit], "explicit");
  await same(withSyntax(fixture("implicit"), `${SYNTAX}.1`), "implicit", [saysExplicit], "implicit");
  const saysDeflated = /^the transfer syntax says deflated .* but the data set is explicit VR little endian: read as it is$/;
  await same(withSyntax(fixture("explicit"), `${SYNTAX}.1.99`), "explicit", [saysDeflated], "not deflated");
});

test("a transfer syntax that contradicts the byte order is refused: the pixels may be in either", async () => {
  const big = /^its transfer syntax says big endian, but its data set is little endian: export the file again$/;
  assert.match(await refusal(withSyntax(fixture("explicit"), `${SYNTAX}.2`)), big);
  assert.match(await refusal(withSyntax(fixture("implicit"), `${SYNTAX}.2`)), big);
  const little = /^its transfer syntax says little endian, but its data set is big endian/;
  assert.match(await refusal(withSyntax(fixture("big-endian"), `${SYNTAX}.1`)), little);
});

test("missing preamble, DICM, group 2, transfer syntax", async () => {
  const noPreamble = /^no DICOM preamble: read without it$/;
  for (const name of ["explicit", "implicit", "big-endian", "rle", "jpeg-ls", "deflated"]) {
    const bytes = fixture(name);
    await same(bytes.subarray(128), name, [noPreamble], `${name}, DICM first`);
    await same(bytes.subarray(132), name, [noPreamble], `${name}, group 2 first`);
    const zeros = Buffer.concat([Buffer.alloc(128), bytes.subarray(132)]);
    await same(zeros, name, [noPreamble], `${name}, preamble without DICM`);
  }
  const syntaxes = { explicit: "explicit VR little", implicit: "implicit VR little", "big-endian": "explicit VR big" };
  for (const [name, syntax] of Object.entries(syntaxes)) {
    const note = new RegExp(`^no transfer syntax is stated: read as ${syntax} endian$`);
    const bytes = fixture(name);
    await same(bodyOf(bytes), name, [note], `${name}, data set alone`);
    await same(Buffer.concat([bytes.subarray(0, 132), bodyOf(bytes)]), name, [note], `${name}, no group 2`);
    await same(withSyntax(bytes, null), name, [note], `${name}, no syntax`);
    await same(withSyntax(bytes, ""), name, [note], `${name}, empty syntax`);
    await same(withSyntax(bytes, "SECRET"), name, [note], `${name}, a syntax that is a name`);
  }
  assert.match(await refusal(withSyntax(fixture("deflated"), null)), /states no transfer syntax, and its data set is not rec/);
  assert.match(
    await refusal(Buffer.from("0800050043530400000000000000000000", "hex")),
    /^the DICOM data are damaged or cut short$/,
  );
});

test("without a transfer syntax, compressed pixels tell their codec", async () => {
  for (const name of ["rle", "jpeg-ls", "jpeg-2000", "jpeg-lossless-sv1", "jpeg-baseline"]) {
    const notes = [/^no transfer syntax is stated/, /^the transfer syntax says explicit VR .* but the pixels are /];
    await same(withSyntax(fixture(name), null), name, notes, name);
  }
});

test("one of header and pixel data is compressed", async () => {
  const native = /^the transfer syntax says JPEG-LS, but the pixels are uncompressed: read as they are$/;
  await same(withSyntax(fixture("explicit"), `${SYNTAX}.4.80`), "explicit", [native], "native");
  await same(withSyntax(fixture("rle"), `${SYNTAX}.1`), "rle", [/but the pixels are RLE/], "RLE");
  await same(
    withSyntax(fixture("jpeg-2000"), `${SYNTAX}.5`),
    "jpeg-2000",
    [/says RLE, but the pixels are JPEG 2000/],
    "JPEG 2000",
  );
  const bytes = fixture("jpeg-2000");
  const at = bytes.indexOf(Buffer.from([0xff, 0x4f, 0xff, 0x51]));
  const table = bytes.lastIndexOf(Buffer.from([0xe0, 0x7f, 0x10, 0]), at);
  // The signature box of a .jp2 (T.800 I.5.1) and the header of its codestream's box, which reaches to the end.
  const boxes = Buffer.from("0000000c6a5020200d0a870a000000006a703263", "hex");
  const jp2 = Buffer.concat([bytes.subarray(0, table), fragment(Buffer.concat([boxes, bytes.subarray(at, -8)]))]);
  await same(jp2, "jpeg-2000", [], "JP2");
  await same(withSyntax(jp2, `${SYNTAX}.1`), "jpeg-2000", [/but the pixels are JPEG 2000/], "JP2, native");
  await same(withSyntax(fixture("jpeg-baseline"), `${SYNTAX}.4.55`), "jpeg-baseline", [], "the JPEG's header tells its process");
  const short = dicom({ "00020010": ["UI", `${SYNTAX}.5`], "00280011": ["US", [5]] });
  assert.match(await refusal(short), /^its pixel data are not compressed, and too short for its rows and columns$/);
});

test("a wrong length of group 2, and group lengths elsewhere", async () => {
  for (const length of [0, 4, 0xffff]) {
    const bytes = fixture("explicit");
    bytes.writeUInt32LE(length, 140);
    await same(bytes, "explicit", [], `length ${length}`);
  }
  const wrong = Buffer.alloc(4);
  wrong.writeUInt32LE(12345, 0);
  const { data } = await decodeBytes(dicom({ "00080000": ["UL", wrong], "00280000": ["UL", wrong] }));
  assert.equal([...data], PIXELS);
});

const words = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);
/** FFFE,E000 and the delimiters of items and sequences, as little-endian words. */
const [ITEM, ITEM_END, SEQUENCE_END] = [0xe000fffe, 0xe00dfffe, 0xe0ddfffe];
/** An element of undefined length: items as they are given, then the delimiter. */
function open(tag: string, vr: string, ...items: Buffer[]): Buffer {
  const head = element(tag, vr, Buffer.alloc(0));
  if (head.length !== 12) throw new Error(`${vr} has no undefined length`);
  head.writeUInt32LE(0xffffffff, 8);
  return Buffer.concat([head, ...items, words(SEQUENCE_END, 0)]);
}
const openItem = (...elements: Buffer[]): Buffer => Buffer.concat([words(ITEM, 0xffffffff), ...elements, words(ITEM_END, 0)]);
const implicit = (group: number, number: number, value: Buffer): Buffer =>
  Buffer.concat([Buffer.from(Uint16Array.of(group, number).buffer), words(value.length), value]);

/** The file with `more` in front of its pixel data. */
function before(more: Buffer, tags: Tags = {}): Buffer {
  const bytes = dicom(tags);
  const at = bytes.lastIndexOf(Buffer.from([0xe0, 0x7f, 0x10, 0]));
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
}

test("elements that are only stepped over", async () => {
  const eight = Buffer.alloc(8, 7);
  const icon = open("00880200", "SQ", openItem(element("7fe00010", "OB", eight)));
  const fragments = open("7fe00010", "OB", words(ITEM, 0), words(ITEM, 8), eight);
  const cases: [string, Buffer][] = [
    ...["OV", "SV", "UV", "UC", "UR", "UT", "OD", "OL", "OF", "ZZ"].map((vr): [string, Buffer] => [
      vr,
      element("00291001", vr, eight),
    ]),
    ["an odd length", element("00291001", "OB", eight).fill(7, 8, 9)],
    ["a large value", element("00291001", "OB", Buffer.alloc(9 * 2 ** 20))],
    ["pixel data in an icon", icon],
    ["fragments in an icon", open("00880200", "SQ", openItem(fragments))],
    ["nested sequences", open("00291010", "SQ", openItem(open("00291011", "SQ", openItem(element("00291012", "LO", "ab")))))],
    ["an empty sequence", open("00291010", "SQ")],
    ["an item of known length", open("00291010", "SQ", words(ITEM, 10), element("00291012", "LO", "ab"))],
    ["UN of undefined length: implicit VR", open("00291010", "UN", openItem(implicit(0x29, 0x1011, eight)))],
    ["UN with explicit VR in it", open("00291010", "UN", openItem(element("00291011", "LO", "ab")))],
    ["an element in implicit VR among explicit ones", implicit(0x29, 0x1011, eight)],
    ["extended offset table", Buffer.concat([element("7fe00001", "OV", eight), element("7fe00002", "OV", eight)])],
  ];
  for (const [what, bytes] of cases) {
    const odd = what === "an odd length" ? Buffer.concat([bytes.subarray(0, 8), words(7), bytes.subarray(12, 19)]) : bytes;
    const image = await decodeBytes(before(odd));
    assert.equal([...image.data], PIXELS, what);
    assert.is(image.notes, undefined, what);
  }
});

test("signs for an unknown value representation have a length of 16 bits, as in dcmtk", async () => {
  for (const vr of ["??", "--", "  "]) {
    const image = await decodeBytes(before(element("00291001", vr, Buffer.alloc(8, 7))));
    assert.equal([...image.data], PIXELS, vr);
  }
});

test("a first element whose value representation is unknown", async () => {
  const bytes = dicom({ "00080005": ["ZZ", Buffer.alloc(2)], "00291001": ["OB", Buffer.alloc(40_000)] });
  const image = await decodeBytes(bytes);
  assert.equal([...image.data], PIXELS);
  assert.is(image.notes, undefined);
});

test("padding behind the pixel data, and fragments without an offset table", async () => {
  await same(Buffer.concat([fixture("explicit"), element("fffcfffc", "OB", Buffer.alloc(64))]), "explicit", [], "padding");
  await same(Buffer.concat([fixture("rle"), element("fffcfffc", "OB", Buffer.alloc(64))]), "rle", [], "padding, RLE");
});

test("the extended offset table separates frames if the basic one is empty", async () => {
  const bytes = fixture("frames-jpeg-ls");
  const at = bytes.lastIndexOf(Buffer.from([0xe0, 0x7f, 0x10, 0]));
  const basic = bytes.subarray(at + 20, at + 20 + bytes.readUInt32LE(at + 16));
  const offsets = Array.from({ length: basic.length / 4 }, (_, i) => BigInt(basic.readUInt32LE(4 * i)));
  const table = Buffer.from(BigUint64Array.from(offsets).buffer);
  const fragments = bytes.subarray(at + 20 + basic.length, -8);
  assert.is(offsets.length, 3);
  const changed = [bytes.subarray(0, at), element("7fe00001", "OV", table), open("7fe00010", "OB", words(ITEM, 0), fragments)];
  await same(Buffer.concat(changed), "frames-jpeg-ls", [/^3 frames/], "extended offsets");
});

test("fragments without an offset table, and data of zlib where DEFLATE is due", async () => {
  const bytes = fixture("jpeg-ls");
  const at = bytes.lastIndexOf(Buffer.from([0xe0, 0x7f, 0x10, 0])) + 12;
  const table = 8 + bytes.readUInt32LE(at + 4);
  await same(Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + table)]), "jpeg-ls", [], "no table");
  const deflated = fixture("deflated");
  const body = inflateRawSync(bodyOf(deflated));
  const header = deflated.subarray(0, deflated.length - bodyOf(deflated).length);
  await same(Buffer.concat([header, deflateSync(body)]), "deflated", [], "zlib");
});

test("native pixel data that are longer than the image", async () => {
  const pixels = (length: number): Buffer =>
    dicom({ "7fe00010": ["OB", Buffer.concat([Buffer.from([10, 20, 30, 40, 50, 61]), Buffer.alloc(length)])] });
  const padded = await decodeBytes(pixels(4));
  assert.equal([...padded.data], PIXELS);
  assert.equal(padded.notes, ["the pixel data are longer than the image: the rest is ignored"]);
  // 8 bits are stated, 16 are written: pydicom shows the first half.
  const large: Tags = { "00280010": ["US", [8]], "00280011": ["US", [9]], "7fe00010": ["OB", Buffer.alloc(144, 7)] };
  assert.is(await refusal(dicom(large)), "its pixel data have 144 bytes, its rows, columns and bits need only 72");
});

test("native frames that were cut behind the first one", async () => {
  const frames = dicom({ "00280008": ["IS", "2"], "7fe00010": ["OB", Buffer.from([10, 20, 30, 40, 50, 61, 1, 2, 3, 4, 5, 6])] });
  assert.equal([...(await decodeBytes(frames)).data], PIXELS);
  assert.is(await refusal(frames.subarray(0, -1)), "the pixel data are damaged or cut short");
});

test("group 2 in implicit VR", async () => {
  const bytes = fixture("explicit");
  const uid = element("00020010", "UI", `${SYNTAX}.1`).subarray(8);
  const meta = Buffer.concat([implicit(2, 0, words(uid.length + 8)), implicit(2, 0x10, uid)]);
  await same(Buffer.concat([bytes.subarray(0, 132), meta, bodyOf(bytes)]), "explicit", [], "with preamble");
  await same(Buffer.concat([meta, bodyOf(bytes)]), "explicit", [/^no DICOM preamble/], "without");
});

test("uncompressed pixels in fragments", async () => {
  const bytes = fixture("explicit");
  const at = bytes.lastIndexOf(Buffer.from([0xe0, 0x7f, 0x10, 0]));
  const pixels = bytes.subarray(at + 12);
  const changed = Buffer.concat([
    bytes.subarray(0, at),
    open("7fe00010", "OB", words(ITEM, 0), words(ITEM, pixels.length), pixels),
  ]);
  await same(withSyntax(changed, `${SYNTAX}.1.98`), "explicit", [], "PS3.5 A.4.11");
  await same(changed, "explicit", [/^the transfer syntax says explicit VR little endian, but the pixels are /], "explicit VR");
});

test("files that have no pixels to read say why", async () => {
  const directory = dicom({ "00020002": ["UI", "1.2.840.10008.1.3.10"], "7fe00010": null });
  assert.match(await refusal(directory), /^a DICOMDIR has no image: it lists the other files of its folder$/);
  const float = { "7fe00008": ["OF", Buffer.alloc(24)] } satisfies Tags;
  assert.match(await refusal(dicom({ ...float, "7fe00010": null })), /^its pixels are floating-point numbers/);
});

test("hostile headers end in a sentence", async () => {
  const DAMAGED = /^the DICOM data are damaged or cut short$/;
  const deep = (depth: number): Buffer =>
    Buffer.concat(Array.from({ length: depth }, () => words(0x10100029, 0x5153, 0xffffffff, ITEM, 0xffffffff)));
  assert.match(await refusal(before(deep(100_000))), DAMAGED);
  const empty = Buffer.concat(
    Array.from({ length: 200_000 }, (_, i) => element((0x00291000 + i).toString(16).padStart(8, "0"), "LO", "")),
  );
  assert.match(await refusal(before(empty)), /^the DICOM file has more than 100000 elements before the pixels$/);
  const header = Buffer.concat([Buffer.alloc(128), Buffer.from("DICM")]);
  assert.match(await refusal(Buffer.concat([header, ...Array(2000).fill(element("00020016", "AE", ""))])), DAMAGED);
  const long = element("00291001", "UT", Buffer.alloc(8));
  long.writeUInt32LE(0xfffffffe, 8);
  assert.match(await refusal(before(long)), DAMAGED);
});

test.run();
