// The core's own memory: a stack of blocks above the compiler's data, grown as needed.

const ALIGNMENT: usize = 64;
/** The last page of wasm32's 4 GiB stays unused, so that no block ends at an address that wraps to 0. */
const MOST: f64 = 4294901760.0;

let top: usize = (__heap_base + ALIGNMENT - 1) & ~(ALIGNMENT - 1);

/** Address of `bytes` bytes, aligned to 64; 0 if the memory cannot grow enough. */
export function push(bytes: f64): usize {
  const end = <f64>top + Math.ceil(bytes / <f64>ALIGNMENT) * <f64>ALIGNMENT;
  if (!(bytes >= 0.0) || end > MOST) return 0;
  const pages = <i32>Math.ceil(end / 65536.0) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) return 0;
  const address = top;
  top = <usize>end;
  return address;
}

/** Frees the block at `address` and all later ones. */
export function popTo(address: usize): void {
  if (address >= __heap_base && address < top) top = address;
}

export function isFree(address: usize, bytes: f64): bool {
  return address < __heap_base || <f64>address + bytes > <f64>top;
}
