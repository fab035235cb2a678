import { suite } from "uvu";
import { hash } from "../reference/formula.js";
import { assertClose, tolerance } from "../reference/tolerance.js";
import { input, label, output, random, run, sameBits, sweep } from "./harness.js";

const test = suite("kernels: explain");

test("logOdds and its gradient", () => {
  for (const count of [1, 2, 3, 4, 5, 392]) {
    const logits = random(1, 2 * count);
    const [r, dlogits] = [output(count), output(2 * count)];
    const differences = new Float32Array(count).map((_, i) => logits[2 * i + 1] - logits[2 * i]);
    run("logOdds", label({ count }), { r, logits: input(logits), count }, (what) => sameBits(r.result, differences, what));
    const signs = new Float32Array(2 * count).map((_, i) => (i % 2 ? 1 : -1));
    run("logOddsBackward", label({ count }), { dlogits, count }, (what) => sameBits(dlogits.result, signs, what));
  }
});

for (const shares of [false, true]) {
  test(`pixelMap ${shares ? "of shares" : "of the gradient"}: a sum over the channels`, () => {
    for (const { rows, row, C } of sweep({ rows: [3, 1, 2], row: [5, 1, 2, 224], C: [3, 1, 4] }, 6)) {
      const P = rows * row;
      const dx = random(1, P * C);
      const bytes = Uint8Array.from({ length: P * C }, (_, i) => hash(2, i) >>> 24);
      const map = output(P);
      const sum = (of: (v: number) => number) =>
        Float64Array.from({ length: P }, (_, p) => {
          let total = 0;
          for (let i = p * C; i < (p + 1) * C; i++) total += of(dx[i]) * (shares ? bytes[i] / 255 : 1);
          return total;
        });
      const [expected, magnitude] = [sum((v) => v), sum(Math.abs)];
      // One more rounding for the division.
      run(
        "pixelMap",
        label({ rows, row, C }),
        { map, dx: input(dx), bytes: shares ? input(bytes) : 0, row, C, tiles: rows },
        (what) => {
          assertClose(map.result, expected, (i) => tolerance(C + 1, magnitude[i]), what);
        },
      );
    }
  });
}

test.run();
