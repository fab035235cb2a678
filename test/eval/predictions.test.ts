import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { scoreOf } from "#pulmo/eval/log-odds.js";
import { type PredictionRow, parsePredictionsCsv, predictionsCsv } from "#pulmo/eval/predictions.js";

const rows: PredictionRow[] = [
  { file: "test/NORMAL/IM-0001-0001.jpeg", label: 0, pPneumonia: 0.1, logit: -2.1972245773362196 },
  { file: 'test/PNEUMONIA/a "quoted", name.jpeg', label: 1, pPneumonia: 1, logit: 41.5 },
  { file: "test/PNEUMONIA/two\nlines\r\n.jpeg", label: 1, ...scoreOf(-20.500001) },
  { file: "test/NORMAL/<script>.jpeg", label: 0, ...scoreOf(1e-9 / 3) },
];

test("the documented format is written", () => {
  assert.is(
    predictionsCsv(rows.slice(0, 2)),
    "file,label,p_pneumonia,logit\n" +
      "test/NORMAL/IM-0001-0001.jpeg,NORMAL,0.1,-2.1972245773362196\n" +
      '"test/PNEUMONIA/a ""quoted"", name.jpeg",PNEUMONIA,1,41.5\n',
  );
});

test("reading returns what was written, to the last bit", () => {
  assert.equal(parsePredictionsCsv(predictionsCsv(rows)), rows);
  assert.equal(parsePredictionsCsv(predictionsCsv([])), []);
});

test("CRLF and a missing newline at the end are accepted", () => {
  assert.equal(parsePredictionsCsv("file,label,p_pneumonia,logit\r\na,NORMAL,0.5,0\r\nb,PNEUMONIA,1,1e3"), [
    { file: "a", label: 0, pPneumonia: 0.5, logit: 0 },
    { file: "b", label: 1, pPneumonia: 1, logit: 1000 },
  ]);
});

const head = "file,label,p_pneumonia,logit\n";

const hostile: [string, string, RegExp][] = [
  ["nothing", "", /begin/],
  ["another header", "a,b,c\n", /begin/],
  ["a header in one quoted field", '"file,label,p_pneumonia,logit"\n', /begin/],
  ["a header of three fields", '"file,label",p_pneumonia,logit\n', /begin/],
  ["a header without log-odds", "file,label,p_pneumonia\na,NORMAL,0.5\n", /begin/],
  ["a header of two columns", "file,label\na,NORMAL\n", /begin/],
  ["too few fields", `${head}a,NORMAL,0.5\n`, /expected 4 fields, found 3/],
  ["too many fields", `${head}a,NORMAL,0.5,0,x\n`, /more than 4 fields/],
  ["a header without log-odds", "file,label,p_pneumonia\na,NORMAL,0.5\n", /begin/],
  ["an empty line", `${head}\n`, /expected 4 fields, found 1/],
  ["an unknown label", `${head}a,normal,0.5,0\n`, /"normal" is neither/],
  ["a label from Object.prototype", `${head}a,__proto__,0.5,0\n`, /neither/],
  ["no score", `${head}a,NORMAL,,0\n`, /p_pneumonia/],
  ["a score above 1", `${head}a,NORMAL,1.5,0\n`, /p_pneumonia/],
  ["a negative score", `${head}a,NORMAL,-0.5,0\n`, /p_pneumonia/],
  ["a score in hexadecimal", `${head}a,NORMAL,0x1,0\n`, /p_pneumonia/],
  ["NaN", `${head}a,NORMAL,NaN,0\n`, /p_pneumonia/],
  ["no log-odds", `${head}a,NORMAL,0.5,\n`, /logit/],
  ["log-odds that are NaN", `${head}a,NORMAL,0.5,NaN\n`, /logit/],
  ["infinite log-odds", `${head}a,NORMAL,1,Infinity\n`, /logit/],
  ["log-odds beyond float64", `${head}a,NORMAL,1,1e999\n`, /logit/],
  ["log-odds of many digits", `${head}a,NORMAL,1,${"1".repeat(4000)}\n`, /logit/],
  ["an unclosed quote", `${head}"a,NORMAL,0.5,0\n`, /no field/],
  ["text after a quote", `${head}"a"b,NORMAL,0.5,0\n`, /no field/],
  ["a quote inside a plain field", `${head}a"b,NORMAL,0.5,0\n`, /no field/],
  ["a long field", `${head}${"a".repeat(5000)},NORMAL,0.5,0\n`, /no field/],
  ["a long quoted field", `${head}"${'""'.repeat(3_000_000)}",NORMAL,0.5,0\n`, /no field/],
  ["a million commas", `${head}${",".repeat(1_000_000)}`, /line 2: no field of at most/],
];

for (const [what, text, message] of hostile) {
  test(`${what} is refused in a short sentence`, () => {
    assert.throws(
      () => parsePredictionsCsv(text, "predictions-test.csv"),
      (e: unknown) =>
        e instanceof InputError &&
        message.test(e.message) &&
        e.message.length < 200 &&
        /^predictions-test\.csv.*\.$/.test(e.message),
    );
  });
}

test.run();
