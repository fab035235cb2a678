// Single kernels. `work` is the basis of a rate: flops, or the minimum of bytes to move.
import { readShapes } from "./shapes.mjs";

const BATCH = 32;
const QUICK_GEMM = ["layer4.conv2"];
const QUICK_CONV = ["layer1.conv"];
const PASSES = ["forward", "backward-data", "backward-weights"];

export function matmulCases(quick) {
  const gemms = readShapes("resnet18-gemm.txt").filter(({ name }) => !quick || QUICK_GEMM.includes(name));
  return [{ name: "1024", numbers: [1024, 1024, 1024] }, ...gemms].map(({ name, numbers: [M, N, K] }) => ({
    group: "matmul",
    name: `matmul ${name} ${M}x${N}x${K}`,
    job: { op: "matmul", M, N, K, flops: 2 * M * N * K },
  }));
}

export function convCases(quick) {
  const layers = readShapes("resnet18-conv.txt").filter(({ name }) => !quick || QUICK_CONV.includes(name));
  return layers.flatMap(({ name, numbers: [C, H, O, R, stride, pad] }) =>
    PASSES.flatMap((pass) => {
      // Pixels need no gradient.
      if (C === 3 && pass === "backward-data") return [];
      return [
        {
          group: "conv",
          name: `${name} ${C}x${H}x${H} ${R}x${R}/${stride} ${O} ${pass}`,
          job: convolution(pass, BATCH, C, H, O, R, stride, pad),
        },
      ];
    }),
  );
}

export function convolution(pass, N, C, H, O, R, stride, pad) {
  const OH = Math.floor((H + 2 * pad - R) / stride) + 1;
  return { op: "conv", pass, N, C, H, O, R, stride, pad, OH, flops: 2 * N * OH * OH * O * C * R * R };
}

/** Bytes: x read for the statistics and again, y written; dy and x read twice, dx written. */
export function batchNormCases(quick) {
  return [
    [64, 56],
    [512, 7],
  ]
    .slice(0, quick ? 1 : 2)
    .flatMap(([C, H]) =>
      ["forward", "backward"].map((pass) => ({
        group: "batchnorm",
        name: `batch-norm ${C}x${H}x${H} ${pass}`,
        job: { op: "batchnorm", pass, N: BATCH, C, H, bytes: (pass === "forward" ? 3 : 5) * 4 * BATCH * C * H * H },
      })),
    );
}

/** As many parameters as ResNet-18 with two classes; w, m, v, g read, w, m, v written. */
export function adamCases() {
  const count = 11_177_536;
  return [{ group: "adam", name: "Adam, ResNet-18's 11.2 M", job: { op: "adam", count, bytes: 28 * count } }];
}
