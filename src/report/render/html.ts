import type { Block, Cell, Figure, Text } from "../blocks.js";
import { printable } from "../format.js";
import { fullCell } from "./cell.js";
import { inlines, type Page } from "./page.js";
import { STYLE } from "./style.js";

/** Markup already safe to send; everything else is escaped where it enters a template. */
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

/** One self-contained file: `svgs` holds the drawing of each figure by name. */
export function htmlPage(page: Page, svgs: ReadonlyMap<string, string>): string {
  const banner = page.banner === null ? [] : [html`<div class="banner" role="note"><p>${page.banner}</p></div>
<p class="watermark" aria-hidden="true">synthetic data</p>`];
  // Margin boxes repeat on every printed page; the text is the program's own, never input.
  const printMark = page.banner === null ? "" : '@page { @top-center { content: "Synthetic data"; font: 600 10pt system-ui, sans-serif; } }';
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${page.banner === null ? page.title : `Synthetic data – ${page.title}`}</title>
<style>${new Html(STYLE + printMark)}</style>
</head>
<body>
${banner}
<header>
<h1>${page.title}</h1>
<p>${page.subtitle}</p>
<nav aria-label="Sections"><ul>${page.sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
</header>
<main>
${page.notices.map((text) => html`<p class="notice" role="note">${inline(text)}</p>`)}
${page.sections.map(({ id, title, blocks }) => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${blocks.map((one) => block(one, svgs))}</section>
`)}</main>
</body>
</html>
`;
  return document.markup;
}

function block(one: Block, svgs: ReadonlyMap<string, string>): Html {
  switch (one.kind) {
    case "paragraph": return one.lead ? html`<p class="lead">${inline(one.text)}</p>\n` : html`<p>${inline(one.text)}</p>\n`;
    case "notice": return html`<p class="notice" role="note">${inline(one.text)}</p>\n`;
    case "list": return html`<ul>${one.items.map((item) => html`<li>${inline(item)}</li>`)}</ul>\n`;
    case "facts":
      return html`<dl>${one.facts.map(([term, value]) => html`<div><dt>${term}</dt><dd>${inline(value)}</dd></div>`)}</dl>\n`;
    case "table": return table(one);
    case "figures": return html`<div class="figures">\n${one.figures.map((f) => figure(f, svgs))}</div>\n`;
    case "listings": return html`<div class="listings">\n${one.listings.map(listing)}</div>\n`;
    case "group": return html`<h3>${one.title}</h3>\n${one.blocks.map((b) => block(b, svgs))}`;
  }
}

/** Explicit roles: the narrow layout makes blocks of rows and cells, which would otherwise cost them their table roles. */
function table({ caption, columns, rows, stack }: Extract<Block, { kind: "table" }>): Html {
  const head = columns.map(({ title, align }) => html`<th scope="col" role="columnheader" class="${align}">${title}</th>`);
  const body = rows.map((row) => html`<tr role="row">${row.map((cell, i) => tableCell(cell, columns[i].title, columns[i].align, i === 0))}</tr>\n`);
  return html`<table role="table" class="${stack ? "stack" : "plain"}">
<caption>${inline(caption)}</caption>
<thead role="rowgroup"><tr role="row">${head}</tr></thead>
<tbody role="rowgroup">${body}</tbody>
</table>
`;
}

function tableCell(cell: Cell, title: string, align: string, isHeader: boolean): Html {
  const { text, note, muted } = fullCell(cell);
  const className = [align, ...(muted ? ["muted"] : []), ...(text === "–" ? ["none"] : [])].join(" ");
  const content = html`${inline(text)}${note === "" ? [] : [html` <small>${note}</small>`]}`;
  return isHeader
    ? html`<th scope="row" role="rowheader" class="${className}">${content}</th>`
    : html`<td role="cell" class="${className}" data-title="${title}"><span>${content}</span></td>`;
}

function figure({ name, caption }: Figure, svgs: ReadonlyMap<string, string>): Html {
  const drawing = new Html(svgs.get(name) ?? "");
  const text = caption === undefined ? [] : [html`<figcaption>${inline(caption)}</figcaption>`];
  return html`<figure class="plot" id="plot-${name}">${drawing}${text}</figure>\n`;
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
