// The section "Review": what it says of the test images, and rates that the validation images do not allow.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MODELS } from "#pulmo/core/models/index.js";
import { reviewResults } from "#pulmo/eval/review.js";
import type { Block } from "#pulmo/report/blocks.js";
import { review } from "#pulmo/report/sections/review.js";
import { wordsOf } from "#pulmo/report/text/index.js";
import { sampleRun } from "./sample.js";

const test = suite("report: review");

/** `wrong[k]` of 100 test images of class k have the scores of the other class; the others fit well. */
function blocks(n: number, wrong: [number, number], language: "en" | "ko" = "en"): Block[] {
  const val = {
    labels: [...Array(2 * n)].map((_, i) => i % 2),
    logOdds: [...Array(2 * n)].map((_, i) => (i % 2 ? 1 : -1) * (i + 1)),
  };
  const labels = [...Array(200)].map((_, i) => i % 2);
  const logOdds = labels.map((label, i) => (label ? 1 : -1) * (Math.floor(i / 2) < wrong[label] ? -9999 : 9999));
  const { results } = sampleRun();
  for (const model of Object.values(results.models)) delete model.review;
  results.models.dnn.review = reviewResults(val, { labels, logOdds })!;
  const t = wordsOf(language, MODELS);
  const sections = review({ results, pictures: {}, studyOf: () => null, t });
  assert.is(sections.length, 1);
  const [, group] = sections[0].blocks;
  return group.kind === "group" ? group.blocks : [];
}

const rowsOf = (found: Block[]) => found.flatMap((block) => (block.kind === "table" ? block.rows : []));

test("wrong decisions beyond chance at a rate are named in a notice; those within chance are not in it", () => {
  // Wilson's interval of 12 of 100 begins at 7.0 %, that of 8 at 4.1 %.
  const found = blocks(150, [12, 8]);
  const [, notice] = found;
  assert.is(notice.kind, "notice");
  const said = (notice as { text: string }).text;
  assert.match(said, /^The error rate does not hold on the test images: NORMAL 12\.0% wrong at a rate of 1%, /);
  assert.match(said, /NORMAL 12\.0% wrong at a rate of 5%/);
  assert.not.match(said, /PNEUMONIA 8\.0% wrong at a rate of 5%|rate of 10%|rate of 20%/);
  const verdicts = rowsOf(found).map((row) => [row[0], row[1], row[7]]);
  assert.equal(verdicts.slice(4), [
    ["5%", "NORMAL", "no"],
    ["5%", "PNEUMONIA", "within chance"],
    ["10%", "NORMAL", "within chance"],
    ["10%", "PNEUMONIA", "yes"],
    ["20%", "NORMAL", "yes"],
    ["20%", "PNEUMONIA", "yes"],
  ]);
});

test("rates that hold are stated, and rates that need more validation images say how many", () => {
  const found = blocks(20, [1, 6]);
  assert.match(
    (found[1] as { text: string }).text,
    /above the error rate, but within chance: PNEUMONIA 6\.0% wrong at a rate of 5%/,
  );
  const rows = rowsOf(found);
  assert.is(rows.length, 2 + 2 * 3);
  assert.equal(rows[0][1], { text: "–", note: "needs 99 validation images of each class", muted: true });
  assert.match((blocks(20, [0, 0])[1] as { text: string }).text, /the error rate holds for both classes/);
  const [, none] = blocks(3, [0, 0]);
  assert.equal(none, {
    kind: "notice",
    text: "The validation images are too few for these error rates. Train with --val-split 0.1 to have more.",
  });
  assert.match(
    (blocks(20, [50, 0], "ko")[1] as { text: string }).text,
    /테스트 영상에서는 오류율이 지켜지지 않습니다: 오류율 5%에서 NORMAL/,
  );
});

test("a run without such results has no section", () => {
  const { results } = sampleRun();
  for (const model of Object.values(results.models)) delete model.review;
  assert.equal(review({ results, pictures: {}, studyOf: () => null, t: wordsOf("en", MODELS) }), []);
});

test.run();
