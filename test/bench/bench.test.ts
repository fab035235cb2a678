// The bench's own arithmetic, and its pulmo side at small shapes: the kernels it calls by hand are the kernels there are.
// Nothing of this asks for the peers, which may not be installed.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const load = (file: string) => import(pathToFileURL(`bench/${file}`).href);
const { difference, createCheck } = await load("check.mjs");
const { startSide } = await load("child.mjs");
const { spread, summarize } = await load("summary.mjs");
const { tableOf } = await load("table.mjs");
const { drawChart } = await load("chart.mjs");
const { sampleOracle } = await load("oracle.mjs");
const { convolution, convCases, matmulCases } = await load("cases/kernels.mjs");

const test = suite("bench");

test("medians and spreads of odd and even numbers of values", () => {
  assert.equal(spread([3, 1, 2]), { median: 2, min: 1, max: 3 });
  assert.equal(spread([4, 1, 3, 2]), { median: 2.5, min: 1, max: 4 });
});

test("a difference is relative to the largest magnitude wanted; NaN is infinitely wrong", () => {
  assert.equal(difference([1, -9], [2, -10]), { absolute: 1, relative: 0.1 });
  assert.is(difference([1, NaN, 2], [1, 1, 2]).relative, Infinity);
});

const case_ = { name: "c", group: "g", job: { op: "conv", N: 4, flops: 4e6 } };
const row = (label: string, samples: number[], N = 4) => ({
  label,
  status: "ok",
  job: { op: "conv", N, flops: 1e6 * N },
  samples,
  check: { againstFloat64: { absolute: 0, relative: 0 } },
});

test("ratios are taken turn by turn, by rate where a side did fewer images", () => {
  const { base, rows } = summarize(case_, [row("a", [1, 2]), row("b", [2, 2]), row("c", [1], 1)]);
  assert.is(base, "a");
  assert.equal(rows[1].ratio, { median: 1.5, min: 1, max: 2 });
  assert.equal(rows[2].ratio, { median: 4, min: 4, max: 4 });
  assert.is(rows[2].note, "1 images instead of 4");
  assert.is(rows[0].rate.max, 4);
});

test("a side that failed is a line of the table, and no ratio", async () => {
  const summary = summarize(case_, [row("PyTorch", [1]), { label: "x", status: "failed", note: "why", job: {}, samples: [] }]);
  assert.match(tableOf(summary), /x .*FAILED: why/);
  assert.match(tableOf(summary), /PyTorch .* 0e\+0, 0e\+0 \(float32 against float64\)/);
  assert.match(await drawChart({ cases: [summary], machine: {}, threads: 1 }), /^<svg/);
});

test("shape files give every case", () => {
  assert.is(matmulCases(false).length, 12);
  // 11 layers, 3 passes, no gradient of the pixels.
  assert.is(convCases(false).length, 32);
});

test("the convolution oracle's passes are gradients of one another", () => {
  // sum(y * dy) = sum(dx * x) = sum(dw * w), and the oracle samples everything where there is little.
  const shape = [1, 1, 4, 2, 3, 2, 1] as const;
  const sum = (pass: string, stream: (i: number) => number) =>
    (sampleOracle(convolution(pass, ...shape)) as { index: number; value: number }[]).reduce(
      (s, e) => s + e.value * stream(e.index),
      0,
    );
  return load("operands.mjs").then(({ operandsOf }) => {
    const { x, w, dy } = operandsOf(convolution("forward", ...shape));
    const wanted = sum("forward", (i) => dy[i]);
    assert.ok(Math.abs(sum("backward-data", (i) => x[i]) - wanted) < 1e-9);
    assert.ok(Math.abs(sum("backward-weights", (i) => w[i]) - wanted) < 1e-9);
  });
});

const PASSES = ["forward", "backward-data", "backward-weights"];
const JOBS = [
  { op: "matmul", M: 13, N: 35, K: 21, flops: 1e9 },
  ...PASSES.flatMap((pass) => ["winograd", "direct"].map((method) => ({ ...convolution(pass, 2, 16, 9, 32, 3, 1, 1), method }))),
  ...PASSES.map((pass) => ({ ...convolution(pass, 2, 16, 9, 20, 3, 2, 1), method: "direct" })),
  { ...convolution("forward", 2, 16, 9, 20, 3, 2, 1), method: "im2col" },
  ...PASSES.filter((p) => p !== "backward-data").map((pass) => ({
    ...convolution(pass, 2, 3, 16, 8, 7, 2, 3),
    method: "direct",
  })),
  ...["forward", "backward"].map((pass) => ({ op: "batchnorm", pass, N: 3, C: 8, H: 12, bytes: 1e8 })),
  { op: "adam", count: 1024, bytes: 1e8 },
];

for (const file of ["pulmo.mjs", "naive.mjs"]) {
  test(`sides/${file} computes what the oracle does`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "pulmo-bench-test-"));
    const env = { ...process.env, BENCH_THREADS: "1", PULMO_WASM: "simd" };
    const side = startSide({ command: process.execPath, args: [`bench/sides/${file}`], env });
    try {
      assert.type((await side.ask({ do: "hello" })).version, "string");
      for (const [id, job] of JOBS.entries()) {
        const path = join(folder, "result");
        const reply = await side.ask({ do: "prepare", id, job, file: path });
        assert.is(reply.error, undefined, JSON.stringify(job));
        assert.is(createCheck()(file, job, path).error, undefined, JSON.stringify(job));
        assert.ok((await side.ask({ do: "time", id, ms: 1 })).ms > 0);
        assert.equal(await side.ask({ do: "release", id }), {});
      }
    } finally {
      side.end();
      rmSync(folder, { recursive: true });
    }
  });
}

test("a side that ends is answered for", async () => {
  const side = startSide({ command: process.execPath, args: ["-e", "throw new Error('no peer')"], env: process.env });
  assert.match((await side.ask({ do: "hello" })).error, /ended with 1/);
  assert.match((await side.ask({ do: "hello" })).error, /ended with 1/);
});

test.run();
