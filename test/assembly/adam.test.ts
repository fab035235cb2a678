import { suite } from "uvu";
import * as assert from "uvu/assert";
import { adam as oracle } from "../reference/adam.js";
import { assertClose, tolerance } from "../reference/tolerance.js";
import { input, label, output, random, run, runVariant, sameBits, updated, variants } from "./harness.js";

const test = suite("kernels: adam");
const TILE = 8192;
const [LR, BETA1, BETA2, EPS] = [1e-4, 0.9, 0.999, 1e-8];
const f64 = (values: ArrayLike<number>) => Float64Array.from(values);

/** What adamStep leaves for step t: beta1, beta2, 1 - beta1, 1 - beta2, schedule lr / (1 - beta1^t), 1 / sqrt(1 - beta2^t). */
function hyperOf(t: number, schedule = 1): Float32Array<ArrayBuffer> {
  let [power1, power2] = [1, 1];
  for (let i = 0; i < t; i++) [power1, power2] = [power1 * BETA1, power2 * BETA2];
  return Float32Array.of(BETA1, BETA2, 1 - BETA1, 1 - BETA2, (schedule * LR) / (1 - power1), 1 / Math.sqrt(1 - power2));
}

test("adamStep counts in float64 and rounds once", () => {
  for (const variant of variants) {
    let state: Float64Array<ArrayBuffer> = Float64Array.of(LR, BETA1, BETA2, 1, 1);
    for (let t = 1; t <= 400; t++) {
      const [hyper, after] = [output(6), updated(state)];
      const schedule = t % 3 === 0 ? 1 : 1 / t;
      runVariant(variant, "adamStep", { hyper, state: after, schedule: input(f64([schedule])) });
      sameBits(hyper.result, hyperOf(t, schedule), `${variant.variant} hyper at step ${t}`);
      state = after.result;
    }
    assert.equal([...state.subarray(0, 3)], [LR, BETA1, BETA2]);
    assert.ok(Math.abs(state[4] / BETA2 ** 400 - 1) < 1e-12, `beta2^400 is ${state[4]}`);
  }
});

for (const count of [8, 16, 24, 40, TILE - 8, TILE, TILE + 8, 2 * TILE + 24]) {
  test(`adam over ${count}`, () => {
    for (const t of [1, 2, 1000]) {
      // Gradients from 1e-9 to 1, every fifth zero; at step 1 the moments are zero, too.
      const g = random(1, count).map((u, i) => (i % 5 === 4 ? 0 : u * 10 ** -(i % 10)));
      const w = random(2, count);
      const m = random(3, count).map((u, i) => (t === 1 ? 0 : u * 10 ** -(i % 10)));
      const v = random(4, count).map((u, i) => (t === 1 ? 0 : (u * 10 ** -(i % 10)) ** 2));
      const settings = { step: t, lr: LR, beta1: BETA1, beta2: BETA2, eps: EPS };
      const expected = oracle({ parameters: f64(w), m: f64(m), v: f64(v) }, f64(g), settings);
      const [W, M, V] = [updated(w), updated(m), updated(v)];
      // A moment: two terms, and factors rounded; g^2 once more.
      const momentum = (i: number) => BETA1 * Math.abs(m[i]) + (1 - BETA1) * Math.abs(g[i]);
      run("adam", label({ count, t }), { w: W, m: M, v: V, g: input(g), hyper: input(hyperOf(t)), count, eps: EPS }, (what) => {
        assertClose(M.result, expected.m, (i) => tolerance(2, momentum(i)), `${what}: m`);
        assertClose(V.result, expected.v, (i) => tolerance(3, expected.v[i]), `${what}: v`);
        // w - rate * m / denominator: the first moment's error above, and roundings of rate, root, its correction, eps, quotient.
        const denominator = (i: number) => Math.sqrt(expected.v[i] / (1 - BETA2 ** t)) + EPS;
        const rate = LR / (1 - BETA1 ** t);
        const allowed = (i: number) => tolerance(1, Math.abs(w[i])) + tolerance(8, (rate * momentum(i)) / denominator(i));
        assertClose(W.result, expected.parameters, allowed, `${what}: w`);
      });
    }
  });
}

test("adam leaves a parameter that never had a gradient", () => {
  const zero = () => updated(new Float32Array(8));
  const w = updated(random(1, 8));
  const given = { w, m: zero(), v: zero(), g: input(new Float32Array(8)), hyper: input(hyperOf(1)), count: 8, eps: EPS };
  run("adam", "g = m = v = 0", given, (what) => {
    sameBits(w.result, w.initial, what);
  });
});

test.run();
