// Reports of runs whose classes have other names (--classes).
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MODELS } from "#pulmo/core/models/index.js";
import type { ClassNames } from "#pulmo/data/types.js";
import { writeComparison } from "#pulmo/report/comparison-page.js";
import { wordsOf } from "#pulmo/report/text/index.js";
import { LANGUAGE_NAMES } from "#pulmo/report/text/languages.js";
import type { RunResults } from "#pulmo/results/metrics.js";
import { temporaryFolder } from "../data/places.js";
import { sampleRun, writeSamplePictures, writeTextReport } from "./sample.js";

const test = suite("class names in reports");
const folder = temporaryFolder();
const NAMES = ["clear", "tuberculosis"] as const;
/** Without "normalize". The Korean words must not occur at all. */
const DEFAULT_NAMES = /\bnormals?\b|\bpneumonias?\b|폐렴|정상/i;

/** A run with everything that a report can show, whose files and notes do not name the default classes. */
function renamedRun(classes: ClassNames): RunResults {
  const { results } = sampleRun();
  results.dataset.classes = [...classes];
  results.dataset.duplicates = [["train/clear/a.jpeg", "test/clear/b.jpeg"]];
  results.models.resnet18.temperature = 1.5;
  results.models.resnet18.balancedThreshold = { ...results.models.resnet18.threshold! };
  results.models.logistic.threshold = null;
  for (const { stress } of Object.values(results.models)) {
    for (const block of stress!.falseAlarms.blocks) block.series = block.series.replace("NORMAL2-", "");
  }
  return results;
}

/** What a reader sees or hears: text, labels and alternatives, without styles, scripts and the attributes of drawings. */
function textOf(html: string): string {
  const spoken = [...html.matchAll(/\s(?:aria-label|alt|content|data-title)="([^"]*)"/g)].map(([, said]) => said);
  return [html.replace(/<(style|script)>.*?<\/\1>/gs, "").replace(/<[^>]*>/g, " "), ...spoken].join("\n");
}

const left = (text: string) => text.split("\n").filter((line) => DEFAULT_NAMES.test(line));

for (const language of LANGUAGE_NAMES) {
  test(`a report names the run's own classes only, ${language}`, async () => {
    const dir = join(folder, language);
    const results = renamedRun(NAMES);
    await writeSamplePictures(dir, Object.keys(results.models), "test/clear/IM-0001.jpeg");
    for (const recipe of ["paper", "strong"] as const) {
      results.settings.basis = recipe;
      await writeTextReport(dir, results, language);
      const page = textOf(readFileSync(join(dir, "report.html"), "utf8"));
      const plots = readdirSync(join(dir, "plots")).map((name) => textOf(readFileSync(join(dir, "plots", name), "utf8")));
      for (const text of [page, readFileSync(join(dir, "report.md"), "utf8"), ...plots]) assert.equal(left(text), [], language);
      for (const name of NAMES) assert.match(page, name);
    }
  });

  test(`the default names come from the classes, never from the words, ${language}`, () => {
    const source = readFileSync(`src/report/text/${language}.ts`, "utf8");
    assert.equal(left(source), []);
  });

  test(`runs with different classes are compared under neutral names, ${language}`, async () => {
    const at = (name: string) => join(folder, `comparison-${language}`, name);
    const runs = [NAMES, ["benign", "malignant"] as const].map((classes, i) => ({
      name: `run${i}`,
      results: renamedRun(classes),
    }));
    const paths = {
      html: at("comparison.html"),
      markdown: at("comparison.md"),
      plots: at("comparison-plots"),
      formats: ["svg"] as const,
    };
    await writeComparison(paths, runs, language);
    const text = readFileSync(paths.markdown, "utf8");
    assert.equal(left(text), []);
    assert.not.match(text, /clear|tuberculosis|benign|malignant/);
    assert.match(text, language === "en" ? "(96 negative, 96 positive" : "(음성 96장, 양성 96장");
    const same = runs.map((run) => ({ ...run, results: renamedRun(NAMES) }));
    await writeComparison(paths, same, language);
    assert.match(
      readFileSync(paths.markdown, "utf8"),
      language === "en" ? "(96 clear, 96 tuberculosis" : "(clear 96장, tuberculosis 96장",
    );
  });
}

test("sentences are natural with the default names, and with others", () => {
  const figures = {
    model: "DNN",
    falseNegatives: 1,
    positives: 390,
    falsePositives: 20,
    negatives: 234,
    recall: "99.7%",
    specificity: "91.5%",
  };
  const english = (classes?: ClassNames) => wordsOf("en", MODELS, classes);
  const korean = (classes?: ClassNames) => wordsOf("ko", MODELS, classes);
  assert.is(
    english().summary.tradeOff(figures),
    "At threshold 0.5, DNN has 1 false negative among 390 PNEUMONIA images (recall 99.7%) and 20 false positives among 234 NORMAL images (specificity 91.5%).",
  );
  assert.match(english(NAMES).thresholds.plain, "An image is labelled tuberculosis if its probability is above the threshold.");
  assert.is(english(NAMES).page.title, "Chest X-ray classification: clear or tuberculosis");
  assert.match(korean().thresholds.plain, "확률이 임계값보다 크면 PNEUMONIA 클래스로 분류합니다.");
  assert.match(korean(NAMES).thresholds.plain, "확률이 임계값보다 크면 tuberculosis 클래스로 분류합니다.");
});

test("a Korean particle never follows an argument whose last sound decides its form", () => {
  const source = readFileSync("src/report/text/ko.ts", "utf8");
  // A percentage ends in 퍼센트, so its particles are always 를 and 로.
  const particles = [...source.matchAll(/\$\{([^}]*)\}(은|는|이|가|을|를|과|와|으로|로)(?![가-힣])/g)].map(
    ([, argument, particle]) => argument + particle,
  );
  assert.equal(particles, ["f.target를", "after로"]);
});

test.run();
