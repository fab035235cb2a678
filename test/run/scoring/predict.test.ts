// Where maps go, and how outcomes are written down.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { mapNames } from "#pulmo/run/scoring/predict-maps.js";
import { csvOutput } from "#pulmo/run/scoring/predict-output.js";
import { temporaryFolder } from "../../data/places.js";

const test = suite("predict's output");

test("maps lie as their images do, below the folder that all share", () => {
  assert.equal(mapNames(["/a/b/one.png"]), ["one-map.jpg"]);
  assert.equal(mapNames(["/a/b/one.png", "/a/c/IM0001", "/a/c/v1.2/x"]), [
    "b/one-map.jpg",
    "c/IM0001-map.jpg",
    "c/v1.2/x-map.jpg",
  ]);
  assert.equal(mapNames(["x/../y/a.png", "y/a.jpeg", "./y/a.dcm"]), ["a-map.jpg", "a-map-2.jpg", "a-map-3.jpg"]);
  assert.ok(mapNames(["../../etc/a.png", "b.png"]).every((name) => !name.includes("..")));
});

test("a CSV appears whole, quoted where needed, in order; or not at all", async () => {
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
  assert.is(lines[0], "file,label,p_pneumonia,logit,error");
  assert.equal(
    lines.slice(1, -2),
    files.map((_, i) => `"an image, ""${i}"".png",NORMAL,0.25,-1.0986122886681098,`),
  );
  assert.equal(lines.slice(-2), ["x,,,,damaged", ""]);
  const given = await csvOutput(join(folder, "given-up.csv"), { maps: true, dicomTags: true });
  await given.discard();
  assert.equal(readdirSync(folder), ["scores.csv"]);
});

test.run();
