import type { Cell, Text } from "../blocks.js";

export interface FullCell {
  text: Text;
  note: string;
  muted: boolean;
}

export function fullCell(cell: Cell): FullCell {
  if (typeof cell === "object" && "text" in cell) return { text: cell.text, note: cell.note ?? "", muted: cell.muted ?? false };
  return { text: cell, note: "", muted: false };
}
