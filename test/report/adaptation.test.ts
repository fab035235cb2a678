// The report of adapt: both languages, each verdict, and the file for programs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ADAPTATION_FILE, writeAdaptation } from "#pulmo/report/adaptation-page.js";
import { adaptationText } from "#pulmo/report/adaptation-text.js";
import { LANGUAGE_NAMES } from "#pulmo/report/text/languages.js";
import { temporaryFolder } from "../data/places.js";
import { sampleAdaptation } from "./sample.js";

const test = suite("report: adaptation");
const folder = temporaryFolder();

async function written(name: string, language: "en" | "ko", change: (results: ReturnType<typeof sampleAdaptation>) => void) {
  const at = (file: string) => join(folder, name, file);
  const results = sampleAdaptation();
  change(results);
  const paths = { html: at("report.html"), markdown: at("report.md"), plots: at("plots"), formats: ["svg"] as const };
  await writeAdaptation(paths, at(ADAPTATION_FILE), results, language);
  const read = (file: string) => readFileSync(at(file), "utf8");
  return { html: read("report.html"), markdown: read("report.md"), json: JSON.parse(read(ADAPTATION_FILE)), results };
}

for (const language of LANGUAGE_NAMES) {
  test(`before, after and each step, ${language}`, async () => {
    const { html, markdown, json, results } = await written(language, language, () => {});
    const { figures } = results;
    for (const page of [html, markdown]) {
      for (const value of [figures.before.accuracy, figures.after.accuracy]) assert.match(page, `${(100 * value).toFixed(1)}%`);
      for (const value of [figures.before.ece, figures.after.ece]) assert.match(page, value.toFixed(4));
      assert.match(page, "ward.pulmo");
    }
    assert.match(html, `<html lang="${language}">`);
    assert.not.match(html.replace(/<style>.*?<\/style>/s, ""), /undefined|\[object|NaN/);
    assert.is(html.match(/<svg/g)!.length, 3);
    assert.equal(json.trials, figures.trials);
    assert.equal([json.schema, json.kind, json.images, json.checkpoint], [1, "adaptation", figures.images, "old.pulmo"]);
  });
}

test("what was applied, what was not worth it, what was not tried", async () => {
  const { markdown } = await written("verdicts", "en", ({ figures }) => {
    figures.trials = [
      { adaptation: "threshold", taken: false, gain: { mean: -0.0121, error: 0.02 } },
      { adaptation: "scale", taken: true, gain: { mean: 0.4321, error: 0.1 } },
      { adaptation: "last-layer", taken: false, tooFew: 50 },
    ];
  });
  for (const line of [
    /^Applied: \*\*scale and offset\*\*\. Each helps/m,
    /threshold .*\| −1\.2 points of balanced accuracy \(−5\.1 to \+2\.7\) \| not worth it: not applied \|/,
    /scale and offset .*\| \+0\.4321 of cross-entropy \(\+0\.2361 to \+0\.6281\) \| \*\*worth it: applied\*\* \|/,
    /last layer .*\| – \| not tried: needs images of 50 patients of each class \|/,
  ]) {
    assert.match(markdown, line);
  }
  const none = await written("none", "en", ({ about, figures }) => {
    for (const trial of figures.trials) trial.taken = false;
    about.unreadable = [{ file: "x.png", reason: "it is cut short" }];
  });
  assert.match(none.markdown, /^No fit helps beyond chance/m);
  assert.match(none.markdown, /1 file could not be read and was left out/);
  const { figures } = sampleAdaptation();
  assert.match(none.markdown, /^> Recall falls from 95\.0% to 57\.5%, .* use a lower threshold/m);
  assert.match(adaptationText(figures), /^Note: recall falls from 0\.950 to 0\.575\. A lower --threshold raises it\.$/m);
  assert.match(adaptationText(figures), /^ {2}scale and offset: .* of cross-entropy: applied$/m);
  for (const line of adaptationText(figures).split("\n")) assert.ok(line.length <= 80, line);
});

test.run();
