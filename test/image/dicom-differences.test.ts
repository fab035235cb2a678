// Random DICOM files against pydicom and dcmtk (test/fixtures/dicom-differences.py). PULMO_DICOM_FILES=5000 makes as many.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decodeImage } from "#pulmo/node/decode.js";
import { temporaryFolder } from "../data/places.js";
import { absent, PYTHON, unless, withoutPython } from "../skip.js";

const test = suite("dicom: differences");

const FILES = Number(process.env.PULMO_DICOM_FILES ?? 150);
const SEED = Number(process.env.PULMO_DICOM_SEED ?? 1);
/** Files per process of Python. */
const CHUNK = 250;
/** The share of the files that other programs compress or show, which takes a process each. */
const TOOLS = process.env.PULMO_DICOM_FILES ? 0.3 : 0.08;

interface Case {
  file: string;
  what: string;
  width: number;
  height: number;
  within: number;
  refuse: string | null;
  grey: string | null;
  dcmtk: string | null;
}

/** What is wrong with pulmo's image; undefined if nothing is. */
async function fault({ file, width, height, within, refuse, grey, dcmtk }: Case): Promise<string | undefined> {
  const image = await decodeImage(file).catch((error: Error) => error);
  if (image instanceof Error) return refuse && new RegExp(refuse).test(image.message) ? undefined : `refused: ${image.message}`;
  if (refuse) return "not refused";
  if (image.width !== width || image.height !== height) return `${image.width} x ${image.height} pixels`;
  for (const [tool, levels] of Object.entries({ pydicom: grey, dcmtk })) {
    if (levels === null) continue;
    const expected = Buffer.from(levels, "base64");
    const off = expected.reduce((most, level, i) => Math.max(most, Math.abs(level - image.data[i])), 0);
    if (off > within) return `off by ${off} from ${tool}; notes: ${image.notes}`;
  }
  return undefined;
}

const missing =
  withoutPython("pydicom, gdcm, PIL", "python3-pydicom python3-gdcm python3-pil") ??
  absent("/usr/bin/dcmcjpeg", "apt install dcmtk");

unless(missing, test)("random files have the grey levels of pydicom and dcmtk", async () => {
  const faults: string[] = [];
  const compared = { pydicom: 0, dcmtk: 0, refused: 0 };
  for (let done = 0; done < FILES; done += CHUNK) {
    const folder = temporaryFolder();
    const count = Math.min(CHUNK, FILES - done);
    const script = ["-B", "test/fixtures/dicom-differences.py", folder, SEED + done / CHUNK, count, TOOLS].map(String);
    const printed = execFileSync(PYTHON, script, { maxBuffer: 2 ** 28, stdio: ["ignore", "pipe", "ignore"] });
    const cases: Case[] = printed
      .toString()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.is(cases.length, count);
    for (const found of cases) {
      compared.pydicom += Number(found.grey !== null);
      compared.dcmtk += Number(found.dcmtk !== null);
      compared.refused += Number(found.refuse !== null);
      const wrong = await fault(found);
      if (wrong) faults.push(`${found.file}, ${found.what}: ${wrong}`);
    }
    if (faults.length === 0) rmSync(folder, { recursive: true, force: true });
  }
  if (FILES > CHUNK) console.log(compared);
  assert.is(faults.length, 0, `${faults.length} of ${FILES}:\n${faults.slice(0, 50).join("\n")}`);
  assert.ok(compared.pydicom > 0.8 * FILES && compared.dcmtk > 0 && compared.refused > 0, JSON.stringify(compared));
});

test.run();
