/**
 * What a report is made of. Sections state facts as blocks; render/html.ts and render/markdown.ts lay the same
 * blocks out, so that both files say the same and all escaping happens in one place for each format.
 */
import type { Spec } from "vega";

/** `code` is for anything that came from outside (file names, paths, commands): shown verbatim, never as markup. */
export type Inline = string | { code: string } | { strong: string };
export type Text = Inline | Inline[];

export interface Column {
  title: string;
  align: "left" | "right";
}

/** `note` is a smaller remark under the text; `muted` sets the whole cell back. */
export type Cell = Text | { text: Text; note?: string; muted?: boolean };

/** The first cell of each row is its header. */
export interface Table {
  caption: Text;
  columns: Column[];
  rows: Cell[][];
}

export interface Figure {
  /** The file's name: plots/<name>.svg. Letters, digits and hyphens. */
  name: string;
  /** Drawn at the plot's top. */
  title: string;
  /** The plot said in words and numbers, for those who do not see it. */
  alt: string;
  caption?: Text;
  spec: Spec;
  /** What is drawn, as numbers: folded under the plot. */
  data: Table;
}

export interface GalleryItem {
  /** Paths of pictures within the run's folder, one or two side by side. */
  images: { path: string; alt: string }[];
  caption: Text;
}

/** What a threshold does to the images of a split. */
export interface OperatingPoint {
  threshold: number;
  tn: number;
  fp: number;
  fn: number;
  tp: number;
}

export type Block =
  | { kind: "paragraph"; text: Text; lead?: boolean }
  /** Something the reader must not miss. */
  | { kind: "notice"; text: Text }
  | { kind: "list"; items: Text[] }
  /** A long list that opens on demand. */
  | { kind: "folded"; title: string; items: Text[] }
  | { kind: "facts"; facts: [term: string, value: Text][] }
  /** Stacked on narrow screens where `stack` is true. */
  | ({ kind: "table"; stack?: boolean } & Table)
  | { kind: "figures"; figures: Figure[] }
  | { kind: "listings"; listings: { label: string; text: string }[] }
  | { kind: "gallery"; items: GalleryItem[] }
  /** A slider in report.html, for browsers that run its script. It adds nothing that the tables do not hold. */
  | { kind: "slider"; id: string; title: string; label: string; points: OperatingPoint[]; start: number; head: SliderWords }
  | { kind: "group"; title: string; blocks: Block[] };

export interface SliderWords {
  caption: string;
  actual: [string, string];
  predicted: [string, string];
  rates: { recall: string; specificity: string; precision: string; accuracy: string };
}

export interface Section {
  id: string;
  title: string;
  blocks: Block[];
}

export const left = (title: string): Column => ({ title, align: "left" });
export const right = (title: string): Column => ({ title, align: "right" });

/** What cannot be said: a hyphen set back. */
export const NONE: Cell = { text: "–", muted: true };

/** Every figure of the blocks, in reading order. */
export function figuresOf(blocks: Block[]): Figure[] {
  return blocks.flatMap((block) => {
    if (block.kind === "figures") return block.figures;
    return block.kind === "group" ? figuresOf(block.blocks) : [];
  });
}
