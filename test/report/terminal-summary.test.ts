import { test } from "uvu";
import * as assert from "uvu/assert";
import { problemLines } from "#pulmo/report/data-problems.js";
import { terminalSummary } from "#pulmo/report/terminal-summary.js";
import { hostileRun, sampleRun } from "./sample.js";

test("the table and the matrices show the run's numbers", () => {
  const { results } = sampleRun();
  const lines = terminalSummary(results).split("\n");
  const { test: split, params } = results.models.dnn;
  const row = lines.find((line) => line.startsWith("dnn "))!;
  for (const part of [
    `${(100 * split.accuracy).toFixed(1)}%`,
    split.auc!.toFixed(3),
    "388.1 s",
    params.toLocaleString("en-US"),
  ]) {
    assert.ok(row.includes(part), part);
  }
  const counts = Object.values(results.models).map((m) => m.test.confusion);
  const numbers = (line: string) => (line.match(/\d+/g) ?? []).map(Number);
  assert.equal(
    numbers(lines.find((line) => line.startsWith("NORMAL "))!),
    counts.flatMap(([first]) => first),
  );
  assert.equal(
    numbers(lines.find((line) => line.startsWith("PNEUMONIA "))!),
    counts.flatMap(([, second]) => second),
  );
});

test("Korean words and class names stand in columns, two wide for each syllable", () => {
  const { results } = sampleRun();
  const lines = terminalSummary({ ...results, dataset: { ...results.dataset, classes: ["정상", "폐렴"] } }, "ko").split("\n");
  assert.match(lines[0], /^테스트: 영상 624장, 234 정상, 390 폐렴$/);
  const width = (line: string) => line.length + (line.match(/[가-힣]/g)?.length ?? 0);
  const table = lines.slice(2, 3 + Object.keys(results.models).length);
  assert.match(table[0], /^모델 +정확도 +재현율 +정밀도 +AUC +학습 시간 +파라미터 수$/);
  assert.equal(new Set(table.map(width)).size, 1);
  const matrix = lines.slice(lines.findIndex((line) => line.startsWith("테스트 혼동")));
  const rows = matrix.filter((line) => /^(정상|폐렴) | {9,}정상/.test(line));
  assert.is(rows.length, 3);
  assert.equal(new Set(rows.map(width)).size, 1);
});

test("no line is longer than 80 columns, for any names, numbers and count of models", () => {
  const { results } = hostileRun();
  const { dnn } = results.models;
  for (let i = 0; i < 4; i++)
    results.models[`a-very-long-model-name-of-forty-letters-${i}`] = { ...dnn, params: 25_557_032_000, trainSeconds: 1e6 };
  const text = terminalSummary(results);
  for (const line of text.split("\n")) assert.ok(line.length <= 80, `${line.length}: ${line}`);
  assert.ok(text.endsWith("\n"));
});

test("copies and patients on both sides of a split are named below the matrices", () => {
  const { results } = sampleRun();
  const { dataset } = results;
  const copied = ["train/NORMAL/a.jpeg", `train/NORMAL/${"b".repeat(90)}.jpeg`];
  const facts = { ...dataset, duplicates: [copied], copies: { groups: 1, files: 2, splits: 1, classes: 1 } };
  const text = terminalSummary({ ...results, dataset: facts });
  const said = text.replace(/\s+/g, " ");
  assert.match(said, "1 picture is in both classes: one of the labels, PNEUMONIA or not, is wrong.");
  assert.match(said, "1 picture is in more than one split: the results of those splits are too optimistic.");
  assert.match(said, "2 files have identical copies (1 group; the first is train/NORMAL/a.jpeg = ");
  assert.match(said, /\d+ patient numbers in the file names occur in both train and test/);
  for (const line of text.split("\n")) assert.ok(line.length <= 80, line);
  assert.match(terminalSummary({ ...results, dataset: facts }, "ko"), "파일 2개는 똑같은 사본이 있습니다");
  const lines = problemLines(facts, ["NORMAL", "PNEUMONIA"]);
  assert.is(lines.at(-1), `  ${copied.join(" = ")}`);
  assert.equal(problemLines({ duplicates: [], patients: null }, ["NORMAL", "PNEUMONIA"]), []);
});

test("synthetic data and a limit are marked", () => {
  assert.match(terminalSummary(hostileRun().results), /\(synthetic data, --limit 100\)/);
  assert.not.match(terminalSummary(sampleRun().results), /synthetic|limit/);
});

test.run();
