import type { Block, Cell, Figure, Text } from "../blocks.js";
import { printable } from "../format.js";
import { fullCell } from "./cell.js";
import { inlines, type Page } from "./page.js";

/** GitHub-flavoured Markdown; plots are links to plots/*.svg. */
export function markdown(page: Page): string {
  const parts = [`# ${escaped(page.title)}`, escaped(page.subtitle)];
  if (page.banner !== null) parts.push(`> **${escaped(page.banner)}**`);
  parts.push(...page.notices.map((notice) => `> ${inline(notice)}`));
  for (const { title, blocks } of page.sections) {
    parts.push(`## ${escaped(title)}`);
    // Someone may open the file anywhere: the mark stands at the head of every section.
    if (page.banner !== null) parts.push("*Synthetic data.*");
    parts.push(...blocks.map((one) => block(one, 3)));
  }
  return `${parts.join("\n\n")}\n`;
}

function block(one: Block, level: number): string {
  switch (one.kind) {
    case "paragraph": return inline(one.text);
    case "notice": return `> ${inline(one.text)}`;
    case "list": return one.items.map((item) => `- ${inline(item)}`).join("\n");
    case "facts": return one.facts.map(([term, value]) => `- ${escaped(term)}: ${inline(value)}`).join("\n");
    case "table": return table(one);
    case "figures": return one.figures.map(figure).join("\n\n");
    case "listings": return one.listings.map(({ label, text }) => `${escaped(label)}:\n\n${fenced(text)}`).join("\n\n");
    case "group": return [`${"#".repeat(level)} ${escaped(one.title)}`, ...one.blocks.map((b) => block(b, level + 1))].join("\n\n");
  }
}

function table({ caption, columns, rows }: Extract<Block, { kind: "table" }>): string {
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
  // Inside a table a bar ends the cell even in a code span.
  const shown = inlines(text).map((part) => (typeof part === "object" && "code" in part ? span(part.code).replaceAll("|", "\\|") : inline(part)));
  return shown.join("") + (note === "" ? "" : ` (${escaped(note)})`);
}

function figure({ name, title, alt, caption }: Figure): string {
  const image = `![${escaped(`${title}: ${alt}`)}](plots/${name}.svg)`;
  return caption === undefined ? image : `${image}\n\n${inline(caption)}`;
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
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

function escaped(text: string): string {
  return printable(text)
    .replace(/[\\`*_[\]|~#$]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
