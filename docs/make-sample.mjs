// Creates the sample: `node docs/make-sample.mjs CHEST_XRAY`, after `npm run build`. Selection:
// - all 16 images of the published val, 92 of each class of train, 50 of each class of test;
// - one image per patient (data/names.ts), the first by name; train excludes patient numbers of the sample's val and test;
// - evenly spaced over the names in code-unit order, so that each series of numbers is represented;
// - 224x224 by pulmo's resize, grey, JPEG of quality 90.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { evenlySpaced, readManifest } from "../dist/data/manifest.js";
import { patientOf } from "../dist/data/names.js";
import { CLASSES } from "../dist/data/types.js";
import { decodeImage } from "../dist/node/decode.js";
import { makeResizer } from "../dist/node/resizer.js";

const SIZE = 224;
const COUNTS = { val: Infinity, test: 50, train: 92 };
const sample = fileURLToPath(new URL("../sample", import.meta.url));
const { root, images } = await readManifest(process.argv[2]);
const resize = makeResizer(SIZE);
const patients = new Set();
for (const [split, count] of Object.entries(COUNTS)) {
  await rm(join(sample, split), { recursive: true, force: true });
  const seen = new Set();
  for (const label of [0, 1]) {
    const firsts = images[split].filter((image) => {
      const patient = patientOf(image.file);
      if (image.label !== label || (split !== "val" && (patients.has(patient) || seen.has(patient)))) return false;
      seen.add(patient);
      return true;
    });
    const folder = join(sample, split, CLASSES[label]);
    await mkdir(folder, { recursive: true });
    for (const { file } of evenlySpaced(firsts, count)) {
      const rgb = Buffer.from(resize(await decodeImage(join(root, file))));
      const jpeg = sharp(rgb, { raw: { width: SIZE, height: SIZE, channels: 3 } })
        .toColourspace("b-w")
        .jpeg({ quality: 90 });
      await writeFile(join(folder, basename(file)), await jpeg.toBuffer());
      patients.add(patientOf(file));
    }
  }
}
