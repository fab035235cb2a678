// What an image must be like to be scored.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { withBlankNote } from "#pulmo/image/notes.js";
import { scorable } from "#pulmo/image/scorable.js";

const test = suite("image: scorable");
const image = (width: number, height: number, channels: 1 | 3 = 1) => ({
  data: Uint8Array.from({ length: width * height * channels }, (_, i) => i),
  width,
  height,
  channels,
});

test("an edge needs 16 pixels; one of more than four times the other is noted, beside other notes", () => {
  for (const [width, height] of [
    [1, 1],
    [15, 400],
    [3, 2000],
  ]) {
    assert.throws(() => scorable(image(width, height)), `its ${width} x ${height} pixels are too few for an X-ray`);
  }
  for (const [width, height] of [
    [16, 16],
    [28, 28],
    [64, 16],
  ]) {
    const given = image(width, height);
    assert.is(scorable(given), given);
  }
  const narrow = "one edge is more than 4 times the other: no shape of a chest X-ray";
  assert.equal(scorable({ ...image(16, 65), notes: ["first"] }).notes, ["first", narrow]);
});

test("an image of nearly one grey level is noted, grey or in colours", () => {
  const blank = (channels: 1 | 3, others: number) => {
    const given = image(20, 20, channels);
    given.data.fill(7);
    for (let i = 0; i < others; i++) given.data.fill(9, i * channels, (i + 1) * channels);
    return withBlankNote(given).notes;
  };
  for (const channels of [1, 3] as const) {
    assert.equal(blank(channels, 0), ["100% of the pixels have one grey level"]);
    assert.equal(blank(channels, 4), ["99% of the pixels have one grey level"]);
    assert.is(blank(channels, 5), undefined);
  }
});

test.run();
