// DICOM compared with other tools: pydicom's test files, and the originals in every transfer syntax that dcmtk and GDCM write.
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decodeImage } from "#pulmo/node/decode.js";
import { realData, temporaryFolder, withoutData } from "../data/places.js";
import { absent, PYTHON, unless, withoutPython } from "../skip.js";

const test = suite("dicom: tools");

function assertLevels(what: string, found: Uint8Array, expected: Uint8Array, within: number): void {
  assert.is(found.length, expected.length, what);
  const worst = expected.reduce((most, level, i) => Math.max(most, Math.abs(level - found[i])), 0);
  assert.ok(worst <= within, `${what}: off by ${worst}`);
}

/** Cosine transforms of different libraries differ in the last bits. */
const LOSSY: Record<string, number> = { "JPEG-lossy.dcm": 1, "JPGExtended.dcm": 1 };
/** Its codestream has a delimiter in place of the width. GDCM rejects it too. */
const BROKEN = "JPEG2000-embedded-sequence-delimiter.dcm";

unless(withoutPython("pydicom, gdcm, numpy", "python3-pydicom python3-gdcm"), test)(
  "pydicom's test files show pydicom's grey levels",
  async () => {
    const script = ["test/fixtures/pydicom-files.py", temporaryFolder()];
    const printed = execFileSync(PYTHON, ["-B", ...script], { maxBuffer: 2 ** 26, stdio: ["ignore", "pipe", "ignore"] });
    const lines = printed.toString().trim().split("\n");
    assert.ok(lines.length >= 15, `${lines.length} files`);
    for (const line of lines) {
      const { file, columns, rows, grey } = JSON.parse(line);
      const name = file.slice(file.lastIndexOf("/") + 1);
      const image = await decodeImage(file).catch((error: Error) => error);
      if (name === BROKEN) {
        assert.match((image as Error).message, /do not match the file's rows, columns and bits/);
        continue;
      }
      if (image instanceof Error) throw new Error(`${name}: ${image.message}`);
      assert.equal([image.width, image.height], [columns, rows], name);
      assertLevels(name, image.data, Buffer.from(grey, "base64"), LOSSY[name] ?? 0);
    }
  },
);

/** From the uncompressed file, or from the JPEG as img2dcm wraps it. */
const SYNTAXES: [name: string, tool: string, ...options: string[]][] = [
  ["implicit", "dcmconv", "+ti"],
  ["big endian", "dcmconv", "+tb"],
  ["deflated", "dcmconv", "+td"],
  ["RLE", "dcmcrle"],
  ["JPEG lossless", "dcmcjpeg", "+e1"],
  ["JPEG lossless, any predictor", "dcmcjpeg", "+el", "+sv", "7"],
  ["JPEG-LS", "dcmcjpls"],
  ["JPEG 2000", "gdcmconv", "--j2k"],
];

const withoutTools =
  withoutData("originals") ??
  absent("/usr/bin/img2dcm", "apt install dcmtk") ??
  absent("/usr/bin/gdcmconv", "apt install libgdcm-tools");

unless(withoutTools, test)("an original is the same in every transfer syntax", async () => {
  const folder = temporaryFolder();
  for (const kind of ["NORMAL", "PNEUMONIA"]) {
    const [name] = readdirSync(join(realData("originals"), kind)).sort();
    const original = await decodeImage(join(realData("originals"), kind, name));
    assert.is(original.channels, 1);
    const [least, most] = [original.data.reduce((a, b) => Math.min(a, b)), original.data.reduce((a, b) => Math.max(a, b))];
    const expected = original.data.map((level) => Math.floor((255 * (level - least)) / (most - least) + 0.5));
    const at = (what: string) => join(folder, `${kind}-${what}.dcm`);
    const run = (tool: string, ...args: string[]) => execFileSync(tool, args, { stdio: "pipe" });
    run("img2dcm", "--no-checks", join(realData("originals"), kind, name), at("JPEG baseline"));
    run("dcmdjpeg", at("JPEG baseline"), at("explicit"));
    for (const [what, tool, ...options] of SYNTAXES) {
      if (tool === "gdcmconv") run(tool, ...options, "-i", at("explicit"), "-o", at(what));
      else run(tool, ...options, at("explicit"), at(what));
    }
    for (const what of ["JPEG baseline", "explicit", ...SYNTAXES.map(([what]) => what)]) {
      const image = await decodeImage(at(what));
      assert.equal([image.width, image.height], [original.width, original.height], what);
      assertLevels(`${name}, ${what}`, image.data, expected, 0);
    }
  }
});

test.run();
