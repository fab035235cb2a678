// The table of images: sortable by column; a row is chosen by its file name or by the arrow keys.
import type { Score } from "../lib/index.js";
import { byId, make } from "./elements.js";
import { decisionOf, type Item, sharedLength } from "./items.js";
import type { Decided } from "./review.js";
import { word } from "./speech.js";

const COLUMNS = ["file", "decision", "review", "probability", "label"] as const;
export type Column = (typeof COLUMNS)[number];

export interface Order {
  column: Column;
  descending: boolean;
}

type ReviewOf = ((score: Score) => Decided) | undefined;

interface View {
  items: readonly Item[];
  threshold: number;
  /** With an error rate: the decision of a score. */
  reviewOf: ReviewOf;
  classes: readonly [string, string];
  order: Order;
  chosen: Item | undefined;
  headings: Record<Column, string>;
  onSort(column: Column): void;
  onChoose(item: Item): void;
}

/** A column's sort key. Unreadable images come last in both directions. */
function keyOf(item: Item, column: Column, threshold: number, reviewOf: ReviewOf): string | number | undefined {
  if (column === "file") return item.path;
  if (column === "label") return item.truth;
  if (column === "review") return item.score && reviewOf?.(item.score);
  return column === "decision" ? decisionOf(item, threshold) : item.score?.logOdds;
}

export function sorted(items: readonly Item[], { column, descending }: Order, threshold: number, reviewOf: ReviewOf): Item[] {
  const sign = descending ? -1 : 1;
  return items
    .map((item, i) => ({ item, i, key: keyOf(item, column, threshold, reviewOf) }))
    .sort((a, b) => {
      if (a.key === undefined || b.key === undefined)
        return Number(a.key === undefined) - Number(b.key === undefined) || a.i - b.i;
      return a.key < b.key ? -sign : a.key > b.key ? sign : a.i - b.i;
    })
    .map(({ item }) => item);
}

export function drawTable({ items, threshold, reviewOf, classes, order, chosen, headings, onSort, onChoose }: View): void {
  const table = byId("table");
  const withTruth = items.some(({ truth }) => truth !== undefined);
  const shown = { label: withTruth, review: reviewOf !== undefined };
  const columns = COLUMNS.filter((column) => shown[column as keyof typeof shown] ?? true);
  const heads = columns.map((column) => {
    const button = make("button", { type: "button", onclick: () => onSort(column) }, headings[column]);
    const head = make("th", { scope: "col", className: column === "probability" ? "number" : "" }, button);
    if (column === order.column) head.ariaSort = order.descending ? "descending" : "ascending";
    return head;
  });
  table.querySelector("thead tr")!.replaceChildren(...heads);

  const shared = sharedLength(items);
  const rows = items.map((item) => {
    const decision = decisionOf(item, threshold);
    const name = make("button", { type: "button", title: item.path, onclick: () => onChoose(item) }, item.path.slice(shared));
    const { notes, unusual } = item.score ?? {};
    const mark = (text: string, title: string, className: string) => [" ", make("span", { className, title }, text)];
    const marks = [
      ...(unusual ? mark(word("unusual"), word("unusualHint"), "note unusual") : []),
      ...(notes ? mark(word("note"), notes.join("\n"), "note") : []),
    ];
    const cells = [make("td", {}, name, ...marks)];
    if (decision === undefined) cells.push(make("td", { colSpan: columns.length - 1 }, item.error ?? "…"));
    else {
      const wrong = item.truth !== undefined && item.truth !== decision ? " wrong" : "";
      cells.push(
        make("td", { className: (decision ? "positive" : "negative") + wrong }, classes[decision]),
        ...(reviewOf ? [reviewCell(reviewOf(item.score!), classes)] : []),
        make("td", { className: "number" }, item.score!.probability.toFixed(4)),
      );
      if (withTruth) cells.push(make("td", {}, item.truth === undefined ? "" : classes[item.truth]));
    }
    return make("tr", { className: item === chosen ? "chosen" : "" }, ...cells);
  });
  const body = table.querySelector("tbody")!;
  body.replaceChildren();
  // Not as arguments, whose number is limited.
  for (const row of rows) body.append(row);
}

function reviewCell(decided: Decided, classes: View["classes"]): HTMLTableCellElement {
  return make("td", { className: ["negative", "positive", "review"][decided] }, [...classes, word("review")][decided]);
}

/** The up and down keys move the focus between rows and call `onChoose` with the row's index. */
export function followArrows(onChoose: (row: number) => void): void {
  const body = byId("table").querySelector("tbody")!;
  body.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = (event.target as Element).closest("tr");
    if (!step || !row) return;
    const next = (row as HTMLTableRowElement).sectionRowIndex + step;
    if (next < 0 || next >= body.rows.length) return;
    event.preventDefault();
    onChoose(next);
    body.rows[next].querySelector("button")!.focus();
  });
}
