// The line that is drawn over and over, in terminals of every width.
import type { Options, Params } from "cli-progress";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { drawLine } from "#pulmo/commands/terminal.js";

const test = suite("bars");

/** What cli-progress makes of our options. */
const options = { barCompleteString: "#".repeat(31), barIncompleteString: ".".repeat(31), barGlue: "" } as Options;
const line = (maxWidth: number, progress: number) =>
  drawLine(options, { maxWidth, progress } as Params, { left: "DNN epoch 1/3", right: "2/8 9.5 images/s" });
const words = "DNN epoch 1/3 2/8 9.5 images/s".length;

test("a bar takes the room between the words, up to 30, and leaves the last column free", () => {
  assert.is(line(200, 0.5), `DNN epoch 1/3 [${"#".repeat(15)}${".".repeat(15)}] 2/8 9.5 images/s`);
  assert.is(line(1 + words + " []".length + 8, 0.25), "DNN epoch 1/3 [##......] 2/8 9.5 images/s");
  for (const progress of [0, 1 / 3, 1]) assert.is(line(50, progress).length, 49);
});

test("without room for four signs there is none, and then the words are cut", () => {
  assert.is(line(1 + words + " []".length + 3, 0.5), "DNN epoch 1/3 2/8 9.5 images/s");
  assert.is(line(20, 0.5), "DNN epoch 1/3 2/8 9");
  assert.is(line(1, 0.5), "");
});

test("Korean takes two columns a letter", () => {
  const words = { left: "DNN 에폭 1/3", right: "2/8" };
  const drawn = (maxWidth: number) => drawLine(options, { maxWidth, progress: 0.5 } as Params, words);
  assert.is(drawn(1 + 12 + 3 + " [] ".length + 4), "DNN 에폭 1/3 [##..] 2/8");
  assert.is(drawn(1 + 7), "DNN 에");
});

test("nothing before the first words", () => assert.is(drawLine(options, { maxWidth: 80, progress: 0 } as Params, {}), ""));

test.run();
