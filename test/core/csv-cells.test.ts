// Cells that a spreadsheet would run as formulas, by OWASP's list, and the way back.
import { parse } from "csv-parse/sync";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fromCell, toCell } from "#pulmo/core/csv-cells.js";
import { csvText } from "#pulmo/data/csv-text.js";
import { parsePredictionsCsv, predictionsCsv } from "#pulmo/eval/predictions.js";

const test = suite("CSV cells");

const RISKY = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1+1", "-dash.jpeg", "=", "-"];
const HARMLESS = ["a.png", "ward/=x.png", "", "'quoted'", "a=b", " =1", "정상", "12", "-1.5", "+2", "-1e-7", "1e5"];

test("what begins like a formula gets an apostrophe; numbers and other texts keep their bytes", () => {
  for (const text of RISKY) assert.is(toCell(text), `'${text}`);
  for (const text of HARMLESS) assert.is(toCell(text), text);
});

test("reading is the inverse, also for texts that begin with apostrophes", () => {
  const texts = [...RISKY, ...HARMLESS].flatMap((text) => [text, `'${text}`, `''${text}`]);
  for (const text of texts) assert.is(fromCell(toCell(text)), text, JSON.stringify(text));
  // A name that somebody else wrote without an apostrophe is read as it is.
  for (const text of RISKY) assert.is(fromCell(text), text);
  const [cells] = parse(csvText([texts])) as string[][];
  assert.equal(cells.map(fromCell), texts);
  assert.not(cells.some((cell) => /^[=+\-@\t\r\n]/.test(cell) && Number.isNaN(Number(cell))));
});

test("predictions of a run round-trip, and negative log-odds stay numbers", () => {
  const rows = ["=a.png", "'=a.png", "-b.png", "c.png"].map((file) => ({
    file,
    label: 1 as const,
    pPneumonia: 0.25,
    logit: -1.25,
  }));
  const text = predictionsCsv(rows, ["NORMAL", "@PNEUMONIA"]);
  assert.is(text.split("\n")[1], "'=a.png,'@PNEUMONIA,0.25,-1.25");
  assert.is(text.split("\n")[4], "c.png,'@PNEUMONIA,0.25,-1.25");
  assert.equal(parsePredictionsCsv(text, "predictions", ["NORMAL", "@PNEUMONIA"]), rows);
});

test.run();
