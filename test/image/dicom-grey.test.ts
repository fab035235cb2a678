// From stored values to grey levels (PS3.3 C.7.5.1.1.2, C.7.6.3, C.11): the expected levels are written out from the standard's formulas.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decodeBytes } from "#pulmo/node/decode.js";
import { dicom, item, type Tags } from "./dicom-file.js";

const test = suite("dicom: grey");

/** One row of 16-bit words, of 12 stored bits unless `tags` say otherwise. */
const row = (words: number[], tags: Tags = {}): Buffer =>
  dicom({
    "00280010": ["US", [1]],
    "00280011": ["US", [words.length]],
    "00280100": ["US", [16]],
    "00280101": ["US", [12]],
    "00280102": ["US", [11]],
    "7fe00010": ["OW", words],
    ...tags,
  });

async function shown(words: number[], tags: Tags = {}): Promise<{ grey: number[]; notes: string[] }> {
  const { data, notes = [] } = await decodeBytes(row(words, tags));
  return { grey: [...data], notes };
}

const refusal = (words: number[], tags: Tags = {}): Promise<string> =>
  decodeBytes(row(words, tags)).then(
    () => "none",
    (error: Error) => error.message,
  );

const lut = (descriptor: number[], entries: number[] | Buffer, vr = "US"): [string, Buffer] => [
  "SQ",
  item({ "00283002": [vr, descriptor], "00283006": ["OW", entries] }),
];
const voi = (...args: Parameters<typeof lut>): Tags => ({ "00283010": lut(...args) });
const window = (center: string, width: string, kind?: string): Tags => ({
  "00281050": ["DS", center],
  "00281051": ["DS", width],
  ...(kind && { "00281056": ["CS", kind] }),
});
const SIGNED: Tags = { "00280103": ["US", [1]] };

test("VOI LUT: white is the largest number of the bits that its entries use", async () => {
  const words = [10, 11, 12, 13, 14];
  const full = await shown(words, voi([4, 10, 16], [0, 21845, 43690, 65535]));
  assert.equal(full, { grey: [0, 85, 170, 255, 255], notes: [] });
  for (const [stated, used] of [
    [16, 12],
    [16, 10],
    [14, 12],
    [12, 16],
    [0, 12],
  ]) {
    const white = 2 ** used - 1;
    const { grey, notes } = await shown(words, voi([4, 10, stated], [0, white / 3, (2 * white) / 3, white]));
    assert.equal(grey, full.grey, `${stated} stated, ${used} used`);
    assert.equal(notes, [`the VOI LUT states ${stated} bits, its entries use ${used}: these are used`]);
  }
  // An entry below full scale that needs all bits is taken as it is.
  assert.equal(await shown(words, voi([4, 10, 12], [0, 1000, 2000, 3000])), { grey: [0, 62, 125, 187, 187], notes: [] });
});

test("VOI LUT: entries of 8 bits in bytes or words, and 65536 entries", async () => {
  const bytes = Buffer.from([0, 50, 100, 255]);
  assert.equal((await shown([9, 10, 11, 12, 13], voi([4, 10, 8], bytes))).grey, [0, 0, 50, 100, 255]);
  assert.equal((await shown([9, 10, 11, 12, 13], voi([4, 10, 8], [0, 50, 100, 255]))).grey, [0, 0, 50, 100, 255]);
  assert.equal((await shown([10, 11, 12, 13], voi([3, 10, 8], Buffer.from([0, 50, 255, 0])))).grey, [0, 50, 255, 255]);
  const all = Array.from({ length: 65536 }, (_, i) => i);
  const sixteen: Tags = { "00280101": ["US", [16]], "00280102": ["US", [15]] };
  const long = Buffer.from(Uint16Array.from(all).buffer);
  const { grey } = await shown([0, 257, 65535], { ...sixteen, "00283010": ["SQ", sequenceOfLong(long)] });
  assert.equal(grey, [0, 1, 255]);
});

/** LUTData longer than 64 KiB need the VR OW, whose length has 32 bits. */
const sequenceOfLong = (entries: Buffer): Buffer => item({ "00283002": ["US", [0, 0, 16]], "00283006": ["OW", entries] });

test("VOI LUT: the first value mapped is negative where no value could reach it otherwise", async () => {
  const table = [0, 21845, 43690, 65535];
  const words = [-3, -2, -1, 0, 1].map((value) => value & 0xffff);
  for (const vr of ["SS", "US"]) {
    const { grey } = await shown(words, { ...SIGNED, ...voi([4, 65536 - 2, 16], table, vr) });
    assert.equal(grey, [0, 0, 85, 170, 255], vr);
  }
  const rescaled: Tags = { "00281053": ["DS", "1"], "00281052": ["DS", "-10"] };
  assert.equal((await shown([8, 9, 10, 11], { ...rescaled, ...voi([4, 65536 - 2, 16], table) })).grey, [0, 85, 170, 255]);
});

test("a LUT that does not match its descriptor is used only where the pixels do not need the difference", async () => {
  const MISMATCH = /^the DICOM file's lookup table does not match its descriptor$/;
  const short = voi([6, 10, 16], [0, 21845, 65535]);
  assert.equal((await shown([9, 10, 11, 12], short)).grey, [0, 0, 85, 255]);
  assert.match(await refusal([9, 10, 13], short), MISMATCH);
  const long = voi([2, 10, 16], [0, 21845, 43690, 65535]);
  assert.equal((await shown([9, 10, 11], long)).grey, [0, 0, 85]);
  assert.match(await refusal([10, 12], long), MISMATCH);
  assert.match(await refusal([10, 12], voi([2, 10], [0, 1])), MISMATCH);
});

test("Modality LUT: its values are windowed, whatever bits they use", async () => {
  const tags: Tags = { "00283000": lut([3, 1, 16], [0, 100, 200]), ...window("100.5", "201") };
  assert.equal((await shown([0, 1, 2, 3, 4], tags)).grey, [0, 0, 128, 255, 255]);
});

test("functional groups: the rescaling and window of the first frame, unless the file has its own", async () => {
  const group = (tag: string, tags: Record<string, [string, string]>): Record<string, [string, Buffer]> => ({
    [tag]: ["SQ", item(tags)],
  });
  const rescaled = group("00289145", { "00281052": ["DS", "4000"], "00281053": ["DS", "-1"] });
  const windowed = group("00289132", { "00281050": ["DS", "2000.5"], "00281051": ["DS", "2001"] });
  const shared: Tags = { "52009229": ["SQ", item({ ...windowed, ...rescaled })] };
  const each: Tags = { "52009229": ["SQ", item(rescaled)], "52009230": ["SQ", item(windowed)] };
  const words = [0, 1000, 2000, 3000, 4000];
  for (const tags of [shared, each]) assert.equal(await shown(words, tags), { grey: [255, 255, 128, 0, 0], notes: [] });
  const own: Tags = { "00281052": ["DS", "0"], "00281053": ["DS", "1"], ...window("500.5", "1001") };
  assert.equal((await shown(words, { ...shared, ...own })).grey, [0, 255, 255, 255, 255]);
});

test("windows: a decimal comma, several windows, and windows that are none", async () => {
  const words = [0, 1000, 2000, 3000, 4000];
  const point = await shown(words, window("2000.5", "2001"));
  assert.equal(point, { grey: [0, 0, 128, 255, 255], notes: [] });
  assert.equal((await shown(words, window(" 2.0005E3", "2001 "))).grey, point.grey);
  const comma = await shown(words, window("2000,5", "2001,0"));
  assert.equal(comma.grey, point.grey);
  assert.equal(comma.notes, ["WindowCenter has a comma: read as 2000.5", "WindowWidth has a comma: read as 2001"]);
  assert.equal((await shown(words, window("2,0005E+03", "2,001e3"))).grey, point.grey);
  assert.equal((await shown(words, window("\\2000.5", "\\2001"))).grey, point.grey);
  // As pydicom and dcmtk read them: numbers where the standard has text.
  const binary: Tags = {
    "00281050": ["FD", Buffer.from(Float64Array.of(2000.5).buffer)],
    "00281051": ["FL", Buffer.from(Float32Array.of(2001).buffer)],
  };
  assert.equal(await shown(words, binary), point);
  assert.equal(await shown(words, { ...binary, "00281051": ["US", [2001]] }), point);
  assert.equal((await shown(words, window("2.000,5", "2,001.0"))).grey, point.grey);
  const two = await shown(words, window("2000.5\\100", "2001\\50"));
  assert.equal(two, { grey: point.grey, notes: ["2 windows: the first one is used"] });
  assert.is(
    await refusal(words, window("2,048", "4096")),
    "its WindowCenter 2,048 may mean 2.048 or 2048: write it with a decimal point",
  );

  const range = [0, 64, 128, 191, 255];
  for (const [center, width, note] of [
    ["2000", "0", "WindowWidth is 0, which the standard forbids: the window is not used"],
    ["2000", "-5", "WindowWidth is -5, which the standard forbids: the window is not used"],
    ["2000", "0.5", "WindowWidth is 0.5, which the standard forbids: the window is not used"],
    ["2000", "", "WindowWidth is missing: the window is not used"],
    ["NaN", "", "WindowCenter is not a number: ignored"],
  ]) {
    assert.equal(await shown(words, window(center, width)), { grey: range, notes: [note] }, width);
  }
  assert.equal(await shown(words, window("", "")), { grey: range, notes: [] });
});

test("window functions: exact, sigmoid and unknown ones", async () => {
  const words = [0, 1500, 2000, 2500, 4000];
  assert.equal((await shown(words, window("2000", "0.5", "LINEAR_EXACT"))).grey, [0, 0, 128, 255, 255]);
  const y = (x: number) => Math.floor(255 / (1 + Math.exp((-4 * (x - 2000)) / 1000)) + 0.5);
  assert.equal((await shown(words, window("2000", "1000", "SIGMOID"))).grey, words.map(y));
  const unknown = await shown(words, window("2000.5", "1001", "CURVE"));
  assert.equal(unknown, { grey: [0, 0, 128, 255, 255], notes: ["VOILUTFunction is unknown: LINEAR is used"] });
});

test("a window beside the values is applied, with a note; of window and VOI LUT the window is used", async () => {
  const outside = await shown([0, 1000, 2000], window("20000", "100"));
  assert.equal(outside, { grey: [0, 0, 0], notes: ["100% of the pixels have one grey level"] });
  const both = await shown([0, 1000, 2000], { ...window("1000.5", "2001"), ...voi([2, 0, 16], [65535, 0]) });
  assert.equal(both, { grey: [0, 128, 255], notes: ["a window and a VOI LUT: the window is used"] });
});

test("rescaling: negative slopes, none, and half of it", async () => {
  const rescale = (slope: string | null, intercept: string | null): Tags => ({
    ...(slope !== null && { "00281053": ["DS", slope] }),
    ...(intercept !== null && { "00281052": ["DS", intercept] }),
  });
  assert.equal((await shown([0, 1000, 4000], rescale("-1", "4000"))).grey, [255, 191, 0]);
  for (const [slope, intercept, note] of [
    ["0", "5", "RescaleSlope is 0: the values are not rescaled"],
    ["-2", null, "RescaleIntercept is missing: the values are not rescaled"],
    [null, "7", "RescaleSlope is missing: the values are not rescaled"],
  ] as const) {
    assert.equal(await shown([0, 1000, 4000], rescale(slope, intercept)), { grey: [0, 64, 255], notes: [note] });
  }
});

test("padding is black and no part of the range", async () => {
  const padding = (value: number, limit?: number, vr = "US"): Tags => ({
    "00280120": [vr, [value]],
    ...(limit !== undefined && { "00280121": [vr, [limit]] }),
  });
  const MONOCHROME1: Tags = { "00280004": ["CS", "MONOCHROME1"] };
  assert.equal((await shown([0, 0, 1000, 1500, 2000], padding(0))).grey, [0, 0, 0, 128, 255]);
  assert.equal((await shown([4095, 1000, 1500, 2000], padding(4095))).grey, [0, 0, 128, 255]);
  assert.equal((await shown([4095, 1000, 1500, 2000], { ...MONOCHROME1, ...padding(4095) })).grey, [0, 255, 127, 0]);
  assert.equal((await shown([0, 50, 100, 1000, 2000], padding(0, 100))).grey, [0, 0, 0, 0, 255]);
  assert.equal((await shown([0, 50, 100, 101, 2000], padding(100, 0))).grey, [0, 0, 0, 0, 255]);
  const words = [-2048, -1000, -500, 0].map((value) => value & 0xffff);
  for (const vr of ["SS", "US", "OW"]) {
    assert.equal((await shown(words, { ...SIGNED, ...padding(0xf800, undefined, vr) })).grey, [0, 0, 128, 255], vr);
  }
  assert.equal((await shown(words, { ...SIGNED, ...padding(0x0800) })).grey, [0, 0, 128, 255], "without sign bits");
  assert.equal((await shown([63536, 1000, 1500, 2000], padding(63536))).grey, [0, 0, 128, 255], "beyond the stored bits");
  const rescaled: Tags = { "00281053": ["DS", "2"], "00281052": ["DS", "-100"], ...window("2400.5", "1001") };
  assert.equal((await shown([4000, 1000, 1250, 1500], { ...rescaled, ...padding(4000) })).grey, [0, 0, 128, 255]);
  const all = await shown([7, 7], padding(7));
  assert.equal(all.grey, [0, 0]);
  assert.ok(all.notes.includes("all pixels are padding"));
});

test("only the stored bits count", async () => {
  const bits = (stored: number, high: number): Tags => ({ "00280101": ["US", [stored]], "00280102": ["US", [high]] });
  const overlay: Tags = { "60000100": ["US", [16]], "60000102": ["US", [15]] };
  const range = [0, 128, 255];
  assert.equal(await shown([0x8000, 0x0800, 0x8fff], overlay), { grey: range, notes: [] });
  assert.equal(await shown([0x8000, 0x0800, 0x8fff]), {
    grey: range,
    notes: ["bits beside the 12 stored ones are set: ignored"],
  });
  assert.equal(await shown([0xf800, 0, 0x07ff], SIGNED), { grey: range, notes: [] });
  assert.equal(await shown([0x0800, 0, 0x07ff], SIGNED), { grey: range, notes: [] });
  assert.equal(
    (await shown([0x0001, 0x8000, 0xfff1], { ...bits(12, 15), "60000100": ["US", [16]], "60000102": ["US", [0]] })).notes,
    [],
  );
  assert.equal((await shown([0x0001, 0x8000, 0xfff1], bits(12, 15))).grey, range);
});

test("what a file leaves out is assumed, with a note", async () => {
  assert.equal((await shown([0, 5, 9], { "00280103": null })).notes, ["PixelRepresentation is missing: unsigned was assumed"]);
  assert.equal((await shown([0, 5, 9], { "00280101": null, "00280102": null })).notes, ["BitsStored is missing: 16 was assumed"]);
  assert.match(await refusal([0, 5, 9], { "00280103": ["US", [2]] }), /bits per sample contradict each other$/);
});

test("the Presentation LUT Shape decides about inversion, as in dcmtk", async () => {
  const shape = (photometric: string, text: string): Tags => ({ "00280004": ["CS", photometric], "20500020": ["CS", text] });
  const notes = async (photometric: string, text: string, level: number) => {
    const found = await shown([0, 1, 2], shape(photometric, text));
    assert.is(found.grey[0], level, `${photometric} ${text}`);
    return found.notes;
  };
  assert.equal(await notes("MONOCHROME1", "INVERSE", 255), []);
  assert.equal(await notes("MONOCHROME2", "IDENTITY", 0), []);
  assert.match((await notes("MONOCHROME1", "IDENTITY", 0))[0], /contradicts the Presentation LUT Shape IDENTITY/);
  assert.match((await notes("MONOCHROME2", "INVERSE", 255))[0], /contradicts the Presentation LUT Shape INVERSE/);
  assert.equal(await notes("MONOCHROME1", "LIN OD", 255), ["PresentationLUTShape is unknown: ignored"]);
});

test("pixels that are not square are noted", async () => {
  const note = async (tag: string, vr: string, text: string) => (await shown([0, 1, 2], { [tag]: [vr, text] })).notes;
  assert.equal(await note("00280034", "IS", "2\\1"), ["pixels are not square (2:1): not resampled"]);
  assert.equal(await note("00280030", "DS", "0.2\\0.1"), ["pixels are not square (2:1): not resampled"]);
  assert.equal(await note("00181164", "DS", "0.1\\0.4"), ["pixels are not square (0.25:1): not resampled"]);
  assert.equal(await note("00181164", "DS", "0.143\\0.1431"), []);
});

test.run();
