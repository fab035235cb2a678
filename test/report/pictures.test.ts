// pictures.json is untrusted input: anyone may have written the run's folder.
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readPictures } from "#pulmo/report/load-pictures.js";
import { type Pictures, picturePath } from "#pulmo/results/picture-list.js";
import { temporaryFolder } from "../data/places.js";

const test = suite("pictures.json");
const run = temporaryFolder();
mkdirSync(join(run, "dnn"));
const path = join(run, "dnn/pictures.json");

const good = (): Pictures => ({
  errors: [{ file: "test/NORMAL/<b>.jpeg", label: 0, pPneumonia: 0.75, image: "dnn/pictures/1.jpeg" }],
  maps: [{ file: "a", label: 1, pPneumonia: 1, image: "dnn/pictures/2.jpeg", map: "dnn/pictures/103.jpeg" }],
  mapKind: "input-gradient",
  mapColours: { NORMAL: "#1e5ae6", PNEUMONIA: "#eb5a00" },
});

async function read(change: (pictures: any) => unknown): Promise<Pictures | null> {
  const pictures = good();
  writeFileSync(path, JSON.stringify(change(pictures) ?? pictures));
  return readPictures(run, "dnn");
}

test("valid files are read, and unknown keys are dropped", async () => {
  assert.is(picturePath("dnn", 7), "dnn/pictures/7.jpeg");
  assert.equal(await read(() => undefined), good());
  assert.equal(await read((p) => Object.assign(p.errors[0], { onclick: "x" }) && Object.assign(p, { more: 1 })), good());
  const { mapColours, ...plain } = good();
  assert.equal(await read((p) => void delete p.mapColours), plain);
  assert.equal(await read((p) => ({ ...p, errors: [], maps: [] })), { ...good(), errors: [], maps: [] });
});

test("a missing file means no pictures", async () => {
  assert.is(await readPictures(run, "logistic"), null);
  assert.is(await readPictures(join(run, "nowhere"), "dnn"), null);
});

const PATHS: unknown[] = [
  "../dnn/pictures/1.jpeg",
  "dnn/pictures/../../secret.jpeg",
  "/etc/passwd",
  "dnn/pictures/1.png",
  "dnn/pictures/1.jpeg\n",
  " dnn/pictures/1.jpeg",
  "dnn/pictures/01.jpeg",
  "dnn/pictures/0.jpeg",
  "dnn/pictures/1000.jpeg",
  "logistic/pictures/1.jpeg",
  "dnn\\pictures\\1.jpeg",
  "dnn/pictures/1e1.jpeg",
  "dnn/pictures/NaN.jpeg",
  "http://host/dnn/pictures/1.jpeg",
  "",
  null,
  7,
  ["dnn/pictures/1.jpeg"],
  { toString: "dnn/pictures/1.jpeg" },
];

test("a path that pulmo would not write is refused", async () => {
  for (const bad of PATHS) {
    assert.is(await read((p) => void (p.errors[0].image = bad)), null, `image ${JSON.stringify(bad)}`);
    assert.is(await read((p) => void (p.maps[0].map = bad)), null, `map ${JSON.stringify(bad)}`);
  }
});

const DAMAGE: [string, (p: any) => unknown][] = [
  ["a list", () => []],
  ["a number", () => 5],
  ["no errors", (p) => void delete p.errors],
  ["no maps", (p) => void delete p.maps],
  ["errors as an object", (p) => void (p.errors = { length: 0 })],
  ["null among the errors", (p) => void (p.errors[0] = null)],
  ["an unknown kind", (p) => void (p.mapKind = "guess")],
  ["no kind", (p) => void delete p.mapKind],
  ["a label", (p) => void (p.errors[0].label = 2)],
  ["a label as text", (p) => void (p.errors[0].label = "1")],
  ["a probability above 1", (p) => void (p.errors[0].pPneumonia = 1.5)],
  ["one below 0", (p) => void (p.maps[0].pPneumonia = -0.1)],
  ["one as text", (p) => void (p.maps[0].pPneumonia = "0.5")],
  ["no probability", (p) => void (p.maps[0].pPneumonia = NaN)],
  ["a name that is none", (p) => void (p.errors[0].file = 3)],
  ["a long name", (p) => void (p.errors[0].file = "x".repeat(5000))],
  ["no map", (p) => void delete p.maps[0].map],
  ["too many", (p) => void (p.errors = Array(101).fill(p.errors[0]))],
  ["a colour that is none", (p) => void (p.mapColours.NORMAL = "red;}")],
  ["colours as null", (p) => void (p.mapColours = null)],
  ["half the colours", (p) => void delete p.mapColours.PNEUMONIA],
];

for (const [what, change] of DAMAGE) {
  test(`refused: ${what}`, async () => assert.is(await read(change), null));
}

test("refused: invalid JSON, an empty file, a huge one, a folder, a link to a device", async () => {
  for (const text of ["", "null", "{", '{"errors":', "\u0000"]) {
    writeFileSync(path, text);
    assert.is(await readPictures(run, "dnn"), null, JSON.stringify(text));
  }
  writeFileSync(path, JSON.stringify(good()) + " ".repeat(2 ** 20));
  assert.is(await readPictures(run, "dnn"), null, "padded");
  truncateSync(path, 2 ** 40);
  assert.is(await readPictures(run, "dnn"), null, "a terabyte of nothing");
  rmSync(path);
  mkdirSync(path);
  assert.is(await readPictures(run, "dnn"), null, "a folder");
  rmSync(path, { recursive: true });
  symlinkSync("/dev/zero", path);
  assert.is(await readPictures(run, "dnn"), null, "a device");
  rmSync(path);
});

test.run();
