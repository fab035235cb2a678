// A differential test: PNG and JPEG files of many forms, sound and damaged, against Pillow. Both decoders of JPEG, Node's and the
// browsers', take part. PULMO_PILLOW_CASES and PULMO_PILLOW_SEED make it longer.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { turbo } from "#pulmo/lib/browser-jpeg.js";
import { fileDecoder } from "#pulmo/lib/decode-file.js";
import { decodeBytes } from "#pulmo/node/decode.js";
import { temporaryFolder } from "../data/places.js";
import { PYTHON, unless, withoutPython } from "../skip.js";

const test = suite("image: Pillow");

interface Case {
  file: string;
  sound: boolean;
  damage?: string;
  width: number;
  height: number;
  /** The file of Pillow's RGB bytes. */
  rgb: string;
  /** Why Pillow refuses the file. */
  error?: string;
}

const { PULMO_PILLOW_CASES: CASES = "300", PULMO_PILLOW_SEED: SEED = "1" } = process.env;
const inBrowser = fileDecoder(turbo);
const decoders = { Node: decodeBytes, browsers: (bytes: Uint8Array) => inBrowser(Uint8Array.from(bytes)) };

function differs(data: Uint8Array, channels: number, expected: Uint8Array): boolean {
  if (channels === 3) return Buffer.compare(data, expected) !== 0;
  return data.length * 3 !== expected.length || expected.some((level, i) => level !== data[Math.floor(i / 3)]);
}

unless(withoutPython("PIL.Image, numpy", "python3-pil python3-numpy"), test)(`${CASES} files, seed ${SEED}`, async () => {
  const folder = temporaryFolder();
  const made = spawnSync(PYTHON, ["test/fixtures/make-pillow-cases.py", folder, SEED, CASES], { encoding: "utf8" });
  assert.is(made.status, 0, made.stderr);
  const cases: Case[] = JSON.parse(readFileSync(join(folder, "cases.json"), "utf8"));
  assert.is(cases.length, Number(CASES));
  const faults: string[] = [];
  const read = { sound: 0, damaged: 0 };
  for (const { file, sound, damage, width, height, rgb, error } of cases) {
    const bytes = readFileSync(join(folder, file));
    const outcomes: string[] = [];
    for (const [name, decode] of Object.entries(decoders)) {
      const image = await decode(bytes).catch(({ message }: Error) => message);
      const fault = (what: string) => faults.push(`${file} (${damage ?? "sound"}): ${name} ${what}`);
      outcomes.push(typeof image === "string" ? image : "read");
      if (typeof image === "string") {
        // pulmo refuses more damaged files than Pillow, which ignores libjpeg's warnings.
        if (sound) fault(`refuses what Pillow reads: ${image}`);
        continue;
      }
      read[sound ? "sound" : "damaged"]++;
      if (error !== undefined) fault(`reads what Pillow refuses: ${error}`);
      else if (image.width !== width || image.height !== height) fault("has another size");
      // Damage that no decoder sees may exceed the range in which libjpeg's SIMD and plain code clip alike.
      else if ((sound || name === "Node") && differs(image.data, image.channels, readFileSync(join(folder, rgb)))) {
        fault("has other pixels");
      }
    }
    const isOther = outcomes.every((outcome) => outcome.startsWith("not a JPEG"));
    if (outcomes[0] !== outcomes[1] && !isOther)
      faults.push(`${file} (${damage ?? "sound"}): ${outcomes.join(" in Node, in browsers ")}`);
  }
  assert.equal(faults, []);
  assert.ok(read.sound > 0.8 * cases.length, `${read.sound} sound files read`);
});

test.run();
