import { printable } from "../../core/printable.js";
import type { Block, Cell, Column, Figure, GalleryItem, Section, Table, Text } from "../blocks.js";
import { fullCell } from "./cell.js";
import { inlines, type Page } from "./page.js";
import { shortened } from "./rows.js";
import { positions, SCRIPT, SCRIPT_HASH } from "./script.js";
import { STYLE } from "./stylesheet.js";

/** Markup that is already safe. All other values are escaped when they enter a template. */
class Html {
  constructor(readonly markup: string) {}
}

type Part = string | number | Html | Html[];

/** html`<p>${text}</p>`: strings are escaped, Html and lists of Html are not. */
function html(literals: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(literals.reduce((done, literal, i) => done + markup(parts[i - 1]) + literal));
}

function markup(part: Part): string {
  if (part instanceof Html) return part.markup;
  if (Array.isArray(part)) return part.map((one) => one.markup).join("");
  return String(part).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** The drawings that blocks refer to. */
export interface Drawings {
  /** SVG elements by figure name. */
  svgs: ReadonlyMap<string, string>;
  /** Data URIs of JPEGs by path. A picture that is missing here is not shown. */
  pictures: ReadonlyMap<string, string>;
}

/** The report as one self-contained file. */
export function htmlPage(page: Page, drawings: Drawings): string {
  const { t } = page;
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src '${SCRIPT_HASH}'`;
  const banner =
    page.banner === null
      ? []
      : [
          html`<div class="banner" role="note"><p>${page.banner.text}</p></div>
<p class="watermark" aria-hidden="true">${page.banner.short}</p>`,
        ];
  // Margin boxes repeat on every printed page. The text comes from text/*.ts, never from input, so it needs no escaping.
  const printMark =
    page.banner === null
      ? ""
      : `@page { @top-center { content: "${page.banner.title}"; font: 600 10pt system-ui, sans-serif; } }`;
  const document = html`<!doctype html>
<html lang="${t.tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${page.banner === null ? page.title : `${page.banner.title} – ${page.title}`}</title>
<style>${new Html(STYLE + printMark)}</style>
</head>
<body data-csv="${t.page.csv}">
<a class="skip" href="#report">${t.page.skip}</a>
${banner}
<header>
<h1>${page.title}</h1>
<p>${page.subtitle}</p>
<nav aria-label="${t.page.sections}"><ul>${page.sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
</header>
<main id="report">
${page.notices.map((text) => html`<p class="notice" role="note">${inline(text)}</p>`)}
${page.sections.map((one) => section(one, drawings, page))}</main>
<script>${new Html(SCRIPT)}</script>
</body>
</html>
`;
  return document.markup;
}

function section({ id, title, folded, blocks }: Section, drawings: Drawings, page: Page): Html {
  const content = blocks.map((one) => block(one, { drawings, page, level: 3 }));
  const named = html`<h2 id="${id}-title">${title}</h2>`;
  if (folded === undefined) return html`<section id="${id}" aria-labelledby="${id}-title">\n${named}\n${content}</section>\n`;
  return html`<section id="${id}" class="folded" aria-labelledby="${id}-title">
<details><summary>${named} <span class="brief">${inline(folded)}</span></summary>
${content}</details></section>
`;
}

interface Place {
  drawings: Drawings;
  page: Page;
  /** Of the next heading. */
  level: number;
}

const heading = (level: number, title: Text): Html => new Html(`<h${level}>${inline(title).markup}</h${level}>`);

function block(one: Block, place: Place): Html {
  const { drawings, page, level } = place;
  const inner = (blocks: Block[]) => blocks.map((b) => block(b, { ...place, level: level + 1 }));
  switch (one.kind) {
    case "paragraph":
      return one.lead ? html`<p class="lead">${inline(one.text)}</p>\n` : html`<p>${inline(one.text)}</p>\n`;
    case "notice":
      return html`<p class="notice" role="note">${inline(one.text)}</p>\n`;
    case "list":
      return html`<ul>${one.items.map((item) => html`<li>${inline(item)}</li>`)}</ul>\n`;
    case "facts":
      return html`<dl>${one.facts.map(([term, value]) => html`<div><dt>${term}</dt><dd>${inline(value)}</dd></div>`)}</dl>\n`;
    case "table":
      return table(one, page);
    case "figures":
      return html`<div class="figures">\n${one.figures.map((f) => figure(f, drawings, page))}</div>\n`;
    case "listings":
      return html`<div class="listings">\n${one.listings.map(listing)}</div>\n`;
    case "group":
      return html`${heading(level, one.title)}\n${inner(one.blocks)}`;
    case "details":
      return html`<details class="fold"><summary>${heading(level, one.title)}</summary>\n${inner(one.blocks)}</details>\n`;
    case "glance": {
      const figures = html`<div class="figures">\n${one.figures.map((f) => figure(f, drawings, page))}</div>`;
      return html`<div class="glance">\n<div>${one.blocks.map((b) => block(b, place))}</div>\n${figures}\n</div>\n`;
    }
    case "tiles":
      return html`<dl class="tiles">${one.tiles.map(({ title, value, note }) => html`<div><dt>${title}</dt><dd>${value}<small>${note}</small></dd></div>`)}</dl>\n`;
    case "gallery":
      return html`<ul class="gallery">\n${one.items.map((item) => galleryItem(item, drawings))}</ul>\n`;
    case "slider":
      return slider(one);
  }
}

function table(whole: Table & { stack?: boolean }, { t }: Page): Html {
  const { caption, columns, rows, choice, stack = false } = shortened(whole, t);
  const head = columns.map(
    ({ title, align }) => html`<th scope="col"${role("columnheader", stack)} class="${align}">${title}</th>`,
  );
  const body = rows.map(
    (row, i) =>
      html`<tr${role("row", stack)}${option(choice?.of[i])}>${row.map((cell, i) => tableCell(cell, columns[i], i === 0, stack))}</tr>\n`,
  );
  return html`${choice ? [choose(choice)] : []}<table${role("table", stack)} class="${stack ? "stack" : "plain"}">
<caption>${inline(caption)}</caption>
<thead${role("rowgroup", stack)}><tr${role("row", stack)}>${head}</tr></thead>
<tbody${role("rowgroup", stack)}>${body}</tbody>
</table>
`;
}

const option = (of: number | undefined): Html => new Html(of === undefined ? "" : ` data-option="${of}"`);

/** Hidden until the script shows the rows of one option; without it, the table has all. */
function choose({ name, label, options }: NonNullable<Table["choice"]>): Html {
  const radio = (title: string, i: number) =>
    html`<label><input type="radio" name="${name}" value="${i}"${new Html(i === 0 ? " checked" : "")}> ${title}</label>`;
  return html`<fieldset class="choose" hidden><legend>${label}</legend>${options.map(radio)}</fieldset>\n`;
}

/** On narrow screens a stacked table sets `display`, which removes the implicit ARIA roles of rows and cells. */
function role(name: string, stack: boolean): Html {
  return new Html(stack ? ` role="${name}"` : "");
}

function tableCell(cell: Cell, { title, align }: Column, isHeader: boolean, stack: boolean): Html {
  const { text, note, muted } = fullCell(cell);
  const className = [align, ...(muted ? ["muted"] : []), ...(text === "–" ? ["none"] : [])].join(" ");
  const content = html`${inline(text)}${note === "" ? [] : [html` <small>${note}</small>`]}`;
  if (isHeader) return html`<th scope="row"${role("rowheader", stack)} class="${className}">${content}</th>`;
  // On narrow screens the column title is shown before the cell.
  return stack
    ? html`<td role="cell" class="${className}" data-title="${title}"><span>${content}</span></td>`
    : html`<td class="${className}">${content}</td>`;
}

function figure({ name, title, caption, data }: Figure, { svgs }: Drawings, page: Page): Html {
  const { t } = page;
  const drawing = new Html(svgs.get(name) ?? "");
  const text = caption === undefined ? [] : [html`<p>${inline(caption)}</p>`];
  const numbers = html`<details><summary>${t.page.numbers}<span class="unseen">: ${title}</span></summary>\n${table(data, page)}</details>`;
  return html`<figure class="plot" id="plot-${name}">${drawing}<figcaption>${text}${numbers}</figcaption></figure>\n`;
}

function galleryItem({ images, caption }: GalleryItem, { pictures }: Drawings): Html {
  const shown = images
    .filter(({ path }) => pictures.has(path))
    .map(({ path, alt }) => html`<img src="${pictures.get(path)!}" alt="${alt}">`);
  return html`<li><figure>${shown.length === 0 ? [] : [html`<div class="images">${shown}</div>`]}<figcaption>${inline(caption)}</figcaption></figure></li>\n`;
}

/** Hidden until the script has filled in the numbers. */
function slider({
  id,
  title,
  label,
  points,
  start,
  head: { caption, actual, predicted, rates },
}: Extract<Block, { kind: "slider" }>): Html {
  const cell = (n: number) => html`<td data-cell="${n}"></td>`;
  const rate = (name: string, n: number) => html`<div><dt>${name}</dt><dd data-cell="${n}"></dd></div>`;
  return html`<div class="slider" hidden data-positions="${JSON.stringify(positions(points))}">
<h3 id="${id}-title">${title}</h3>
<label for="${id}">${label}</label>
<output for="${id}" data-cell="0"></output>
<input type="range" id="${id}" min="0" max="${points.length - 1}" value="${start}" aria-describedby="${id}-title">
<table class="plain">
<caption>${caption}</caption>
<thead><tr><td></td><th scope="col">${predicted[0]}</th><th scope="col">${predicted[1]}</th></tr></thead>
<tbody><tr><th scope="row">${actual[0]}</th>${cell(1)}${cell(2)}</tr><tr><th scope="row">${actual[1]}</th>${cell(3)}${cell(4)}</tr></tbody>
</table>
<dl>${rate(rates.recall, 5)}${rate(rates.specificity, 6)}${rate(rates.precision, 7)}${rate(rates.accuracy, 8)}</dl>
</div>
`;
}

function listing({ label, text }: { label: string; text: string }): Html {
  const lines = text.split("\n").map(printable).join("\n");
  return html`<figure class="code"><figcaption>${label}</figcaption><pre>${lines}</pre></figure>\n`;
}

function inline(text: Text): Html {
  return new Html(
    inlines(text)
      .map((part) => {
        if (typeof part === "string") return html`${printable(part)}`;
        return "code" in part ? html`<code>${printable(part.code)}</code>` : html`<strong>${printable(part.strong)}</strong>`;
      })
      .map((part) => part.markup)
      .join(""),
  );
}
