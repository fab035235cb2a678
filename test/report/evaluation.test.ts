// The report of evaluate: both languages, what it warns of, its folder.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkEvaluationFolder } from "#pulmo/lib/tools/evaluation-folder.js";
import { writeEvaluation } from "#pulmo/report/evaluation-page.js";
import { LANGUAGE_NAMES } from "#pulmo/report/text/languages.js";
import { EVALUATION_JSON } from "#pulmo/results/evaluation-json.js";
import { readResults } from "#pulmo/run/read-results.js";
import { temporaryFolder } from "../data/places.js";
import { sampleEvaluation, writeSamplePictures } from "./sample.js";

const test = suite("report: evaluation");
const folder = temporaryFolder();

for (const language of LANGUAGE_NAMES) {
  test(`figures, intervals, groups, errors and what is missing, ${language}`, async () => {
    const dir = join(folder, language);
    await writeSamplePictures(dir, ["resnet18"]);
    const results = sampleEvaluation();
    await writeEvaluation(dir, results, language);
    const [html, markdown, json] = ["report.html", "report.md", "metrics.json"].map((name) =>
      readFileSync(join(dir, name), "utf8"),
    );
    const { evaluation, errors } = results;
    const { patients, intervals, hospitals } = evaluation;
    for (const page of [html, markdown]) {
      for (const share of [evaluation.accuracy, patients!.accuracy, ...hospitals!.map((one) => one.accuracy)])
        assert.match(page, `${(100 * share).toFixed(1)}%`);
      for (const end of intervals.auc!) assert.match(page, end.toFixed(3));
      for (const name of [
        "ward 12",
        "cut.png",
        "gone.png",
        "no-label.png",
        "was assumed",
        "docs/model-card.md",
        errors[0].file.split("/").at(-1)!.split("_")[0],
      ])
        assert.match(page, name);
    }
    assert.ok(html.indexOf(">ward 2<") < html.indexOf(">ward 10<"));
    assert.match(html, `<html lang="${language}">`);
    assert.not.match(html.replace(/<style>.*?<\/style>/s, "").replace(/<script>.*?<\/script>/s, ""), /undefined|\[object|NaN/);
    assert.match(json, EVALUATION_JSON);
    const read = JSON.parse(json);
    assert.equal(
      [read.kind, read.threshold, read.confusion, read.errors.length],
      ["evaluation", 0.3, evaluation.confusion, errors.length],
    );
  });
}

test("without errors, patients or notes, nothing of them is shown", async () => {
  const { about, evaluation } = sampleEvaluation();
  const { patients, hospitals, devices, targetRecall, unusual, ...plain } = evaluation;
  const bare = {
    ...about,
    labels: null,
    unreadable: [],
    unlabelled: undefined,
    withoutImage: undefined,
    notes: [],
    modelNotes: [],
    packaged: false,
  };
  await writeEvaluation(join(folder, "bare"), { about: bare, evaluation: { ...plain, intervalsOver: "images" }, errors: [] });
  const markdown = readFileSync(join(folder, "bare", "report.md"), "utf8");
  assert.match(markdown, /The intervals resample images as if each showed another patient/);
  assert.match(markdown, /No image is decided wrongly at this threshold/);
  assert.not.match(markdown, /Hospital|Device|left out|not used|model-card/);
});

test("the folder of an earlier evaluation is used again, that of a run is refused", async () => {
  const dir = join(folder, "again");
  await writeEvaluation(dir, sampleEvaluation());
  await checkEvaluationFolder(dir, []);
  const reading = await readResults(dir).catch(({ message }) => message);
  assert.match(reading, /metrics\.json is of an evaluation, not of a run: run evaluate again with --out .* and --lang/);
  writeFileSync(join(dir, "predictions.csv"), "mine");
  const refused = async (why: RegExp) => assert.match(await checkEvaluationFolder(dir, []).catch(({ message }) => message), why);
  await refused(/--out .*predictions\.csv already exists and does not hold what pulmo writes there/);
  writeFileSync(join(dir, "run.json"), "{}");
  await refused(/--out .*again holds a run: choose another folder/);
});

test.run();
