// Packing: columns of a matrix become a panel.
import { at, storePair } from "./lanes";
import { PANEL } from "./micro";

/** panel[rows][16] <- `cols` columns of rows `pitch` floats apart; columns past `cols` are zero. */
export function copyPanel(panel: usize, from: usize, rows: i32, pitch: i32, cols: i32): void {
  for (let i = 0; i < rows; ++i) {
    if (cols == PANEL) {
      // Loads first: with a store between them, V8 does not combine the halves of a pair.
      const b0 = v128.load(from);
      const b1 = v128.load(from, 16);
      const b2 = v128.load(from, 32);
      const b3 = v128.load(from, 48);
      storePair(panel, b0, b1);
      storePair(panel + 32, b2, b3);
    } else {
      memory.copy(panel, from, cols * 4);
      memory.fill(panel + cols * 4, 0, (PANEL - cols) * 4);
    }
    panel += 4 * PANEL;
    from = at(from, pitch);
  }
}
