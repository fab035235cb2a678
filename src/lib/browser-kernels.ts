// The kernels are embedded in the code. Only training and evaluation need them, so they are a separate chunk that is loaded on
// demand.
import { SIMD, UNSHARED } from "./kernels-code.js";

/** simd.wasm, for shared memory, or unshared.wasm. */
export function compileKernels(shared: boolean): Promise<WebAssembly.Module> {
  const bytes = Uint8Array.from(atob(SIMD), (letter) => letter.charCodeAt(0));
  if (!shared) bytes[UNSHARED.at] = UNSHARED.flags;
  return WebAssembly.compile(bytes);
}
