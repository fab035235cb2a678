// Every variant of the core that this engine has, over one memory.
import { execFileSync } from "node:child_process";
import { setFlagsFromString } from "node:v8";
import type { Kernels } from "#pulmo/core/kernels.js";
import { loadKernels, VARIANTS, type Variant } from "#pulmo/node/variant.js";

const MEMORY_PAGES = 1024;

const memory = new WebAssembly.Memory({ initial: MEMORY_PAGES, maximum: MEMORY_PAGES, shared: true });
export const bytes = Buffer.from(memory.buffer as unknown as ArrayBuffer);

/**
 * Optimised at once: V8's baseline compiler, where small cases would stay, has no 256-bit instructions to be wrong about.
 * Inlining goes by what the baseline code has counted; V8 14 aborts where there is none.
 */
function compileOptimised(): { variant: Variant; kernels: Kernels }[] {
  const defaults = v8Defaults(["liftoff", "wasm-lazy-compilation", "wasm-inlining"]);
  for (const { flag } of defaults) setFlagsFromString(`--no-${flag}`);
  const available = VARIANTS.flatMap((variant) => {
    try {
      return [{ variant, kernels: loadKernels(variant, memory) }];
    } catch (error) {
      console.log(`Kernel tests leave out ${variant}: ${(error as Error).message}`);
      return [];
    }
  });
  for (const { flag, on } of defaults) if (on) setFlagsFromString(`--${flag}`);
  return available;
}

/** Whether this engine has the flags on unless told otherwise: the rest of the process shall not notice us. */
function v8Defaults(flags: string[]): { flag: string; on: boolean }[] {
  const options = execFileSync(process.execPath, ["--v8-options"], { encoding: "utf8" });
  return flags.map((flag) => ({ flag, on: options.includes(`default: --${flag}\n`) }));
}

/** The variants under test; simd comes first. */
export const variants = compileOptimised();
