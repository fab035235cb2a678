/**
 * The parts of a report. Sections produce blocks; render/html.ts and render/markdown.ts lay out the same blocks, so that
 * both files have the same content and each format has one place that escapes.
 */
import type { Spec } from "vega";

/** `code` is for input (file names, paths, commands): shown verbatim, never as markup. */
export type Inline = string | { code: string } | { strong: string };
export type Text = Inline | Inline[];

export interface Column {
  title: string;
  align: "left" | "right";
}

/** `note`: a smaller line below the text; `muted`: the cell in a lighter colour. */
export type Cell = Text | { text: Text; note?: string; muted?: boolean };

/** The first cell of each row is the row header. */
export interface Table {
  caption: Text;
  columns: Column[];
  rows: Cell[][];
  /** The number of rows that `rows` was selected from. Absent: `rows` has all. */
  of?: number;
  /** Buttons that choose which rows report.html shows: those of one option. `of`: the option of each row. All are printed. */
  choice?: { name: string; label: string; options: string[]; of: number[] };
}

export interface Figure {
  /** File name, plots/<name>.svg: letters, digits and hyphens. */
  name: string;
  /** Drawn at the top of the plot. */
  title: string;
  /** Text alternative of the plot. */
  alt: string;
  caption?: Text;
  spec: Spec;
  /** The plotted numbers, in a folded table below the plot. */
  data: Table;
}

export interface GalleryItem {
  /** One or two pictures next to each other; paths are relative to the run's folder. */
  images: { path: string; alt: string }[];
  caption: Text;
}

/** The confusion matrix of a split at a threshold. */
export interface OperatingPoint {
  threshold: number;
  tn: number;
  fp: number;
  fn: number;
  tp: number;
}

export type Block =
  | { kind: "paragraph"; text: Text; lead?: boolean }
  /** A highlighted warning. */
  | { kind: "notice"; text: Text }
  | { kind: "list"; items: Text[] }
  /** Closed by default, open when printed. */
  | { kind: "details"; title: Text; blocks: Block[] }
  /** The first screen: words and figures beside plots. */
  | { kind: "glance"; blocks: Block[]; figures: Figure[] }
  /** The most important values, in large digits. */
  | { kind: "tiles"; tiles: Tile[] }
  | { kind: "facts"; facts: [term: string, value: Text][] }
  /** `stack`: on narrow screens each row becomes a block. */
  | ({ kind: "table"; stack?: boolean } & Table)
  | { kind: "figures"; figures: Figure[] }
  | { kind: "listings"; listings: { label: string; text: string }[] }
  | { kind: "gallery"; items: GalleryItem[] }
  /** A slider over thresholds in report.html, for browsers that run its script. */
  | { kind: "slider"; id: string; title: string; label: string; points: OperatingPoint[]; start: number; head: SliderWords }
  | { kind: "group"; title: string; blocks: Block[] };

export interface Tile {
  title: string;
  value: string;
  /** A smaller line below the value. */
  note: string;
}

export interface SliderWords {
  caption: string;
  actual: [string, string];
  predicted: [string, string];
  rates: { recall: string; specificity: string; precision: string; accuracy: string };
}

export interface Section {
  id: string;
  title: string;
  /** Closed by default in report.html, open when printed: this sentence stands beside the title. */
  folded?: Text;
  blocks: Block[];
}

export const left = (title: string): Column => ({ title, align: "left" });
export const right = (title: string): Column => ({ title, align: "right" });

/** A value that does not exist: a muted dash. */
export const NONE: Cell = { text: "–", muted: true };

/** All figures of the blocks, in reading order. */
export function figuresOf(blocks: Block[]): Figure[] {
  return blocks.flatMap((block) => {
    const own = block.kind === "figures" || block.kind === "glance" ? block.figures : [];
    return block.kind === "group" || block.kind === "details" || block.kind === "glance"
      ? [...figuresOf(block.blocks), ...own]
      : own;
  });
}
