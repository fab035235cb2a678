// The core's own memory: a stack of blocks above what the compiler placed, grown as needed.

const ALIGNMENT: usize = 64;
/** Of the 4 GiB that wasm32 addresses, the last page is left out: no block ends at an address that wraps to 0. */
const MOST: f64 = 4294901760.0;

let top: usize = (__heap_base + ALIGNMENT - 1) & ~(ALIGNMENT - 1);

/** The address of `bytes` bytes, at a multiple of 64; 0 where the memory cannot grow so far. */
export function push(bytes: f64): usize {
  const end = <f64>top + Math.ceil(bytes / <f64>ALIGNMENT) * <f64>ALIGNMENT;
  if (!(bytes >= 0.0) || end > MOST) return 0;
  const pages = <i32>Math.ceil(end / 65536.0) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) return 0;
  const address = top;
  top = <usize>end;
  return address;
}

/** Gives up the block at `address` and all that came after it. */
export function popTo(address: usize): void {
  if (address >= __heap_base && address < top) top = address;
}

export function isFree(address: usize, bytes: f64): bool {
  return address < __heap_base || <f64>address + bytes > <f64>top;
}
