import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MAP_COLOURS, overlay } from "#pulmo/pictures/overlay.js";

const test = suite("pictures: overlay");

const xray = (width: number, height: number, grey = 100) => ({ data: new Uint8Array(width * height).fill(grey), width, height });
const pixel = (rgb: Uint8Array, i: number) => [...rgb.subarray(3 * i, 3 * i + 3)];
const channels = (hex: string) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

test("a map of zeros leaves the X-ray unchanged", () => {
  assert.equal(overlay(xray(5, 3), { values: new Float32Array(49), side: 7 }), new Uint8Array(45).fill(100));
});

test("the strongest places have an opacity of 0.8 and a colour by sign", () => {
  const rgb = overlay(xray(2, 1, 50), { values: Float32Array.of(3, -3, 3, -3), side: 2 });
  const covered = (hex: string) => channels(hex).map((c) => Math.round(50 + 0.8 * (c - 50)));
  assert.equal([pixel(rgb, 0), pixel(rgb, 1)], [covered(MAP_COLOURS.PNEUMONIA), covered(MAP_COLOURS.NORMAL)]);
});

test("values are scaled by picture, and weak places show the X-ray", () => {
  const values = Float32Array.from({ length: 16 }, (_, i) => (i === 5 ? 8 : 1));
  const rgb = overlay(xray(4, 4), { values, side: 4 });
  assert.equal(overlay(xray(4, 4), { values: values.map((v) => v * 1e-6), side: 4 }), rgb, "times a constant");
  const distance = (i: number) => Math.hypot(...pixel(rgb, i).map((c) => c - 100));
  // (1/8)^1.6 * 0.8 = 0.03 of a difference of at most 180 grey levels.
  assert.ok(distance(15) > 0 && distance(15) < 6, `${distance(15)}`);
});

test("places keep their row and column, also if the picture is not square", () => {
  const side = 7;
  const values = new Float32Array(side * side);
  values[1 * side + 5] = 1;
  const [width, height] = [70, 35];
  const rgb = overlay(xray(width, height), { values, side });
  let heaviest = 0;
  for (let i = 0; i < width * height; i++) if (rgb[3 * i] > rgb[3 * heaviest]) heaviest = i;
  assert.ok(Math.abs((heaviest % width) - 54.5) <= 1 && Math.abs(Math.floor(heaviest / width) - 7) <= 1, `${heaviest}`);
});

test("a fine map is summed over 8x8 pixels, so that noise cancels", () => {
  const side = 224;
  const values = Float32Array.from({ length: side * side }, (_, i) => {
    const [y, x] = [Math.floor(i / side), i % side];
    return x < 112 ? ((x + y) % 2 ? 1 : -1) : 0.1;
  });
  const rgb = overlay(xray(28, 28), { values, side });
  assert.equal(pixel(rgb, 28 * 14 + 3), [100, 100, 100]);
  assert.ok(rgb[3 * (28 * 14 + 25)] > 180);
});

test.run();
