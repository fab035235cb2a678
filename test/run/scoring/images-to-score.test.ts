// Which entries of an archive are scored.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { imagesToScore } from "#pulmo/run/scoring/images-to-score.js";
import { temporaryFolder } from "../../data/places.js";
import { dicom } from "../../image/dicom-file.js";

const test = suite("images of archives");

test("entries of unknown names are told by their content", async () => {
  const folder = temporaryFolder();
  process.env.PULMO_CACHE = join(folder, "cache");
  const image = new Uint8Array(dicom());
  const directory = new Uint8Array(dicom({ "00020002": ["UI", "1.2.840.10008.1.3.10"], "7fe00010": null }));
  const text = new TextEncoder().encode("Viewer: autorun.exe");
  const archive = join(folder, "cd.zip");
  const entries = {
    "1.2.840.17": image,
    "sub/IM1": image,
    "sub/a.ima": image,
    DICOMDIR: directory,
    README: text,
    "a.tiff": text,
  };
  writeFileSync(archive, zipSync({ ...entries, "__MACOSX/._IM1": image, "empty/": new Uint8Array(0) }));
  const images = await imagesToScore([archive]);
  try {
    assert.equal(
      images.names,
      ["1.2.840.17", "sub/IM1", "sub/a.ima"].map((name) => `${archive}/${name}`),
    );
    assert.equal(images.formats, ["dicom", "dicom", "dicom"]);
    for (const path of images.paths) assert.equal(new Uint8Array(readFileSync(path)), image);
  } finally {
    await images.close();
  }
  const second = await imagesToScore([archive], { index: 1, of: 2 });
  await second.close();
  assert.equal(second.names, [`${archive}/sub/IM1`]);
  assert.is(second.all.length, 3);
});

test.run();
