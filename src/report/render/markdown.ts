import { max } from "d3-array";
import { printable } from "../../core/printable.js";
import type { Block, Cell, Figure, GalleryItem, Table, Text } from "../blocks.js";
import type { PlotFormat } from "../plots/formats.js";
import { fullCell } from "./cell.js";
import { inlines, type Page } from "./page.js";
import { shortened } from "./rows.js";

/** Where the plots are, relative to the page, and which of their formats it shows. */
export interface PlotFiles {
  folder: string;
  format: PlotFormat;
}

/** GitHub-flavoured Markdown. Plots link to their files; pictures link to their files if they are in `pictures`. */
export function markdown(page: Page, plots: PlotFiles, pictures: ReadonlyMap<string, string>): string {
  const links = { plots, pictures, page };
  const parts = [`# ${escaped(page.title)}`, escaped(page.subtitle)];
  if (page.banner !== null) parts.push(`> **${escaped(page.banner.text)}**`);
  for (const notice of page.notices) parts.push(`> ${inline(notice)}`);
  for (const { title, folded: brief, blocks } of page.sections) {
    parts.push(`## ${escaped(title)}`);
    // A reader may open the file at any section, so each one repeats the notice.
    if (page.banner !== null) parts.push(`*${page.banner.title}.*`);
    if (brief !== undefined) parts.push(inline(brief));
    for (const one of blocks) parts.push(block(one, 3, links));
  }
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

interface Links {
  plots: PlotFiles;
  pictures: ReadonlyMap<string, string>;
  page: Page;
}

function block(one: Block, level: number, links: Links): string {
  switch (one.kind) {
    case "paragraph":
      return inline(one.text);
    case "notice":
      return `> ${inline(one.text)}`;
    case "list":
      return one.items.map((item) => `- ${inline(item)}`).join("\n");
    case "facts":
      return one.facts.map(([term, value]) => `- ${escaped(term)}: ${inline(value)}`).join("\n");
    case "table":
      return table(one, links.page);
    case "figures":
      return one.figures.map((f) => figure(f, links)).join("\n\n");
    case "listings":
      return one.listings.map(({ label, text }) => `${escaped(label)}:\n\n${fenced(text)}`).join("\n\n");
    case "group":
      return [`${"#".repeat(level)} ${escaped(one.title)}`, ...one.blocks.map((b) => block(b, level + 1, links))].join("\n\n");
    case "details":
      return folded(one.title, one.blocks.map((b) => block(b, level + 1, links)).join("\n\n"));
    case "glance":
      return [...one.blocks.map((b) => block(b, level, links)), ...one.figures.map((f) => figure(f, links))].join("\n\n");
    case "tiles":
      return one.tiles
        .map(({ title, value, note }) => `- ${escaped(title)}: **${escaped(value)}** (${escaped(note)})`)
        .join("\n");
    case "gallery":
      return one.items.map((item) => galleryItem(item, links)).join("\n");
    // Markdown has no scripts; the tables contain the same results.
    case "slider":
      return "";
  }
}

function folded(title: Text, content: string): string {
  return `<details><summary>${inline(title)}</summary>\n\n${content}\n\n</details>`;
}

function table(whole: Table, { t }: Page): string {
  const { caption, columns, rows } = shortened(whole, t);
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [
    `${inline(caption)}:`,
    "",
    line(columns.map(({ title }) => escaped(title))),
    line(columns.map(({ align }) => (align === "right" ? "---:" : ":---"))),
    ...rows.map((row) => line(row.map(tableCell))),
  ].join("\n");
}

function tableCell(cell: Cell): string {
  const { text, note } = fullCell(cell);
  // In a table, a bar ends the cell even inside a code span.
  const shown = inlines(text).map((part) =>
    typeof part === "object" && "code" in part ? span(part.code).replaceAll("|", "\\|") : inline(part),
  );
  return shown.join("") + (note === "" ? "" : ` (${escaped(note)})`);
}

function figure({ name, title, alt, caption, data }: Figure, { plots, page }: Links): string {
  const image = `![${escaped(`${title}: ${alt}`)}](${plots.folder}/${name}.${plots.format})`;
  return [
    image,
    ...(caption === undefined ? [] : [inline(caption)]),
    folded(`${title}: ${page.t.page.numbers}`, table(data, page)),
  ].join("\n\n");
}

function galleryItem({ images, caption }: GalleryItem, { pictures }: Links): string {
  const shown = images.filter(({ path }) => pictures.has(path)).map(({ path, alt }) => ` ![${escaped(alt)}](${path})`);
  return `- ${inline(caption)}${shown.join("")}`;
}

function inline(text: Text): string {
  return inlines(text)
    .map((part) => {
      if (typeof part === "string") return escaped(part);
      return "code" in part ? span(part.code) : `**${escaped(part.strong)}**`;
    })
    .join("");
}

/** A code span: its fence is longer than any run of backticks inside. */
function span(text: string): string {
  const shown = printable(text);
  const fence = "`".repeat(longestRun(shown) + 1);
  const pad = /^[` ]|[` ]$/.test(shown) || shown === "" ? " " : "";
  return `${fence}${pad}${shown}${pad}${fence}`;
}

function fenced(text: string): string {
  const shown = text.replace(/\n$/, "").split("\n").map(printable).join("\n");
  const fence = "`".repeat(Math.max(3, longestRun(shown) + 1));
  return `${fence}text\n${shown}\n${fence}`;
}

function longestRun(text: string): number {
  return max(text.match(/`+/g) ?? [], (run) => run.length) ?? 0;
}

function escaped(text: string): string {
  return printable(text)
    .replace(/[\\`*_[\]|~#$]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
