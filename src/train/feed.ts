import { type PlacedProgram, slotBytes } from "../core/values.js";
import type { PixelRows } from "../data/types.js";

/** Copies the pixels of the given rows, in their order, into the slot of a step. */
export async function feedPixels(
  network: PlacedProgram,
  rows: PixelRows,
  chosen: ArrayLike<number>,
  slot: number,
): Promise<void> {
  const { rowBytes } = rows;
  const bytes = slotBytes(network, network.io.bytes, slot);
  await Promise.all(Array.from(chosen, (row, i) => rows.read(row, bytes.subarray(i * rowBytes, (i + 1) * rowBytes))));
}
