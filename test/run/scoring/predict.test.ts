// Paths of maps, and the output formats of outcomes.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { findClassFolders } from "#pulmo/data/folders.js";
import { mapMarkOf, withMapMark } from "#pulmo/image/map-mark.js";
import { asJpeg } from "#pulmo/pictures/xray.js";
import { SILENT } from "#pulmo/run/caller.js";
import { findImageFiles } from "#pulmo/run/scoring/image-files.js";
import type { OpenedModel } from "#pulmo/run/scoring/open-checkpoint.js";
import type { Outcome } from "#pulmo/run/scoring/outcomes.js";
import { predictWith } from "#pulmo/run/scoring/predict.js";
import { checkMapTargets, mapNames } from "#pulmo/run/scoring/predict-maps.js";
import { csvOutput } from "#pulmo/run/scoring/predict-output.js";
import { temporaryFolder } from "../../data/places.js";
import { unless } from "../../skip.js";

const test = suite("predict's output");

const noNodes = process.getuid?.() === 0 && process.platform === "linux" ? undefined : "device nodes need root on Linux";
const decodePixels = (jpeg: Uint8Array) => sharp(jpeg).raw().toBuffer();

test("maps keep the folders of their images, relative to the common folder", () => {
  assert.equal(mapNames(["/a/b/one.png"]), ["one-map.jpg"]);
  assert.equal(mapNames(["/a/b/one.png", "/a/c/IM0001", "/a/c/v1.2/x"]), [
    "b/one-map.jpg",
    "c/IM0001-map.jpg",
    "c/v1.2/x-map.jpg",
  ]);
  assert.equal(mapNames(["x/../y/a.png", "y/a.jpeg", "./y/a.dcm"]), ["a-map.jpg", "a-map-2.jpg", "a-map-3.jpg"]);
  assert.ok(mapNames(["../../etc/a.png", "b.png"]).every((name) => !name.includes("..")));
});

test("a CSV appears complete, quoted where needed and in order, or not at all", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "scores.csv");
  const output = await csvOutput(path, { maps: false, dicomTags: false });
  const files = Array.from({ length: 3000 }, (_, i) => `an image, "${i}".png`);
  for (const file of files) {
    await output.ready();
    const logOdds = -1.0986122886681098;
    output.write({ file, label: "NORMAL", probability: 0.25, pPneumonia: 0.25, logOdds, logit: logOdds });
  }
  output.write({ file: "x", error: "damaged" });
  assert.equal(
    readdirSync(folder).filter((name) => name === "scores.csv"),
    [],
  );
  await output.finish();
  await output.discard();
  const lines = readFileSync(path, "utf8").split("\n");
  assert.is(lines[0], "file,label,p_pneumonia,logit,error,unusual,unusual_score");
  assert.equal(
    lines.slice(1, -2),
    files.map((_, i) => `"an image, ""${i}"".png",NORMAL,0.25,-1.0986122886681098,,,`),
  );
  assert.equal(lines.slice(-2), ["x,,,,damaged,,", ""]);
  const given = await csvOutput(join(folder, "given-up.csv"), { maps: true, dicomTags: true });
  await given.discard();
  assert.equal(readdirSync(folder), ["scores.csv"]);
});

unless(noNodes, test)("a full disk loses no row: what does not fit is printed, in order", async () => {
  const row = (file: string) => ({ file, label: "NORMAL", probability: 0.25, pPneumonia: 0.25, logOdds: -1, logit: -1 });
  const full = join(temporaryFolder(), "full");
  execFileSync("mknod", [full, "c", "1", "7"]);
  let printed = "";
  const output = await csvOutput(full, { maps: false, dicomTags: false }, { write: (text) => Boolean((printed += text)) });
  const files = Array.from({ length: 5000 }, (_, i) => `image-${i}.png`);
  for (const file of files) {
    await output.ready();
    output.write(row(file));
  }
  const error = await output.finish().catch((e) => e);
  assert.match(
    error.message,
    /full cannot be written: the disk is full \(ENOSPC\)\. The rows that did not fit were printed to standard output\.$/,
  );
  assert.equal(printed.trimEnd().split("\n"), [
    "file,label,p_pneumonia,logit,error,unusual,unusual_score",
    ...files.map((file) => `${file},NORMAL,0.25,-1,,,`),
  ]);
});

test("unreadable images do not pass through the network", async () => {
  const folder = temporaryFolder();
  const files = Array.from({ length: 70 }, (_, i) => join(folder, `${i}.png`));
  for (const file of files) writeFileSync(file, "");
  const plans: string[] = [];
  const network = { pool: { run: async ([{ plan }]: { plan: string }[]) => void plans.push(plan) } };
  const opened = { network, facts: { threshold: 0.5 }, notes: { taken: [] } } as unknown as OpenedModel;
  const outcomes: Outcome[] = [];
  const sink = { write: (outcome: Outcome) => void outcomes.push(outcome), ready: async () => {} };
  const { unreadable } = await predictWith(opened, { files, threads: 1, dicomTags: false }, sink, SILENT);
  assert.is(unreadable, 70);
  assert.equal(
    outcomes,
    files.map((file) => ({ file, error: "the file is empty" })),
  );
  assert.equal(plans, ["prepare"]);
});

test("maps are recognised by their mark, and replaced only by a map of the same image", async () => {
  const folder = temporaryFolder();
  const names = mapNames(["ward/a.png", "ward/A.jpeg", "ward/b.png"]);
  assert.equal(names, ["a-map.jpg", "A-map-2.jpg", "b-map.jpg"]);
  const jpeg = await asJpeg(new Uint8Array(64), { width: 8, height: 8 }, 85);
  const marked = withMapMark(jpeg, "0123");
  assert.is(mapMarkOf(marked), "0123");
  assert.is(mapMarkOf(jpeg), undefined);
  assert.equal(await decodePixels(marked), await decodePixels(jpeg));
  writeFileSync(join(folder, "b-map.jpg"), jpeg);
  const refused = async (message: RegExp) => {
    const error = await checkMapTargets({ folder, names }, ["ward/a.png", "ward/A.jpeg", "ward/b.png"]).catch((e) => e);
    assert.match(error.message, message);
  };
  await refused(/b-map\.jpg already exists and is not a map that pulmo wrote: choose another folder/);
  writeFileSync(join(folder, "b-map.jpg"), marked);
  await refused(/b-map\.jpg already exists and is the map of another image: choose another folder/);
  // A folder with maps in it.
  writeFileSync(join(folder, "b.png"), "");
  writeFileSync(join(folder, "mine-map.jpg"), jpeg);
  const notes: string[] = [];
  const found = await findImageFiles([folder], undefined, (line) => void notes.push(line));
  assert.equal(found, [join(folder, "b.png"), join(folder, "mine-map.jpg")]);
  assert.equal(notes, ["Note: 1 class activation map that predict --map wrote is left out."]);
  // In a class folder of a dataset.
  mkdirSync(join(folder, "test/NORMAL"), { recursive: true });
  for (const [name, bytes] of Object.entries({ "a.jpg": jpeg, "a-map.jpg": marked }))
    writeFileSync(join(folder, "test/NORMAL", name), bytes);
  const layout = await findClassFolders(folder, ["NORMAL", "PNEUMONIA"]);
  assert.equal(
    layout.folders.flatMap(({ images }) => images),
    ["test/NORMAL/a.jpg"],
  );
});

test.run();
