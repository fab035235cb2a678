// What a DICOM file says that it shows: body part, view, modality, intent.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decodeImage } from "#pulmo/lib/decode-node.js";
import { dicom, element, type Tags } from "./dicom-file.js";

const test = suite("DICOM subjects");

const decode = (tags: Tags, anyBodyPart = false) => decodeImage(new Uint8Array(dicom(tags)), { anyBodyPart });
const refusal = (tags: Tags): Promise<string> =>
  decode(tags).then(
    () => "none",
    (error: Error) => error.message,
  );

async function notesOf(tags: Tags): Promise<string[]> {
  return (await decode(tags)).notes ?? [];
}

test("the chest's names, and files that tell neither modality nor part, need no note", async () => {
  for (const part of ["CHEST", "Thorax ", "LUNG", "CHEST PA", "CHESTABDOMEN", "ABDOMEN_CHEST", ""]) {
    assert.equal(await notesOf({ "00180015": ["CS", part] }), [], part);
  }
  for (const modality of ["CR", "DR", "RG", "OT", ""]) assert.equal(await notesOf({ "00080060": ["CS", modality] }), []);
  assert.equal(await notesOf({ "00080060": null }), []);
});

test("a known other part is refused, unless any is allowed", async () => {
  for (const part of [
    "HAND",
    "SKULL",
    "Knee ",
    "ABDOMEN",
    "PELVIS",
    "HAND LEFT",
    "L_FOOT",
    "TSPINE",
    "C-SPINE",
    "HIPS",
    "BREAST",
    "FACE",
    "THORACIC SPINE",
    "LT KNEE",
    "HAND_RT",
    "FEET",
  ]) {
    const tags: Tags = { "00180015": ["CS", part] };
    const shown = part.trim().toUpperCase();
    assert.is(await refusal(tags), `not a chest radiograph: its body part is ${shown} (--any-body-part reads it)`);
    assert.equal((await decode(tags, true)).notes, [`body part ${shown}: read because of --any-body-part`]);
  }
});

test("an unknown word is read, and shown whole in its character set", async () => {
  for (const part of [
    "PECHO",
    "POITRINE",
    "BRUST",
    "TORACE",
    "RIB",
    "TX",
    "WHOLEBODY",
    "HEART",
    "KLATKA PIERSIOWA",
    "POITRINE FACE",
  ]) {
    assert.equal(await notesOf({ "00180015": ["CS", part] }), [`body part ${part}: read as a chest`]);
  }
  // The bytes are those of Python's codecs of these character sets.
  const cases: [bytes: string, set: string | null, text: string][] = [
    ["54d3524158", "ISO_IR 100", "TÓRAX"],
    ["54d3524158", null, "TÓRAX"],
    ["54c393524158", "ISO_IR 192", "TÓRAX"],
    ["54c393524158", null, "TÓRAX"],
    ["b3c0c3b4cc", "ISO_IR 144", "ГРУДЬ"],
    ["1b242943b0a1bdbf", "\\ISO 2022 IR 149", "가슴"],
    ["1b2442363b49741b2842", "\\ISO 2022 IR 87", "胸部"],
    ["d0d8b2bf", "GB18030", "胸部"],
    ["54d3524158", "ISO_IR 9999", "TÓRAX"],
  ];
  for (const [bytes, set, text] of cases) {
    const tags: Tags = { "00180015": ["CS", Buffer.from(bytes, "hex")], ...(set !== null && { "00080005": ["CS", set] }) };
    assert.equal(await notesOf(tags), [`body part ${text}: read as a chest`], set ?? "none");
  }
});

test("what is shown of a tag is bounded and printable", async () => {
  const found = await notesOf({ "00180015": ["CS", `A\x1b[31mX\x9b\r\n${"Y".repeat(100)}`] });
  assert.match(found[0], /^body part A[ -~]{8,40}: read as a chest$/);
});

test("other modalities are refused, also those that only the SOP class tells", async () => {
  for (const modality of ["CT", "MR", "US", "MG", "RF", "XA"]) {
    assert.is(await refusal({ "00080060": ["CS", modality] }), `not a radiograph: its modality is ${modality}`);
  }
  const ct: Tags = { "00080016": ["UI", "1.2.840.10008.5.1.4.1.1.2"] };
  assert.is(await refusal({ ...ct, "00080060": null }), "not a radiograph: its modality is CT");
  assert.equal(await notesOf({ "00080016": ["UI", "1.2.840.10008.5.1.4.1.1.1"], "00080060": null }), []);
});

const words = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);

test("codes in sequences tell the view and the part", async () => {
  /** A sequence of one code. */
  const code = (value: string, meaning: string): [string, Buffer] => {
    const item = Buffer.concat([
      element("00080100", "SH", value),
      element("00080102", "SH", "SRT"),
      element("00080104", "LO", meaning),
    ]);
    return ["SQ", Buffer.concat([words(0xe000fffe, item.length), item])];
  };
  assert.match((await notesOf({ "00540220": code("R-10236", "left lateral") }))[0], /^no frontal view \(LEFT LATERAL\)/);
  assert.match((await notesOf({ "00540220": code("399067008", "") }))[0], /^no frontal view \(LATERAL\)/);
  assert.equal(await notesOf({ "00540220": code("R-10214", "postero-anterior") }), []);
  assert.match(await refusal({ "00082218": code("T-D8700", "Hand") }), /its body part is HAND/);
  assert.equal(await notesOf({ "00082218": code("T-D3000", "Chest") }), []);
  // Body Part Examined is preferred.
  assert.equal(await notesOf({ "00082218": code("T-D8700", "Hand"), "00180015": ["CS", "CHEST"] }), []);
});

test("views that the models do not know are noted", async () => {
  const views = "LL|RL|LATERAL|LAT|RLD|LLD|LLO|LPO|LLAT|R-LAT|LAT_L|L LAT|PROFIL|SEITLICH|OBLIQUE|DECUBITUS";
  for (const view of views.split("|")) {
    assert.equal(await notesOf({ "00185101": ["CS", view] }), [`no frontal view (${view}): the models know frontal views only`]);
  }
  for (const view of ["AP", "PA", "", "PLATE", "AP ERECT"]) assert.equal(await notesOf({ "00185101": ["CS", view] }), [], view);
  assert.match((await notesOf({ "00200020": ["CS", "P\\F"] }))[0], /^no frontal view \(LATERAL\)/);
  assert.equal(await notesOf({ "00200020": ["CS", "L\\F"] }), []);
});

test("FOR PROCESSING images are noted", async () => {
  assert.match((await notesOf({ "00080068": ["CS", "FOR PROCESSING"] }))[0], /^FOR PROCESSING, not for display/);
  const forProcessing: Tags = { "00080016": ["UI", "1.2.840.10008.5.1.4.1.1.1.1.1"] };
  assert.match((await notesOf(forProcessing))[0], /^FOR PROCESSING/);
  assert.equal(await notesOf({ ...forProcessing, "00080068": ["CS", "FOR PRESENTATION"] }), []);
});

test.run();
