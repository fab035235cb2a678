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
    const { notes, unusual } = item.score ?? {};
    const marks: Mark[] = [];
    if (unusual) marks.push({ text: word("unusual"), title: word("unusualHint"), className: "note unusual" });
    if (notes) marks.push({ text: word("note"), title: notes.join("\n"), className: "note" });
    const cells: Cell[] = [];
    if (decision === undefined) cells.push({ textContent: item.error ?? "…", colSpan: columns.length - 1 });
    else {
      const wrong = item.truth !== undefined && item.truth !== decision ? " wrong" : "";
      cells.push({ textContent: classes[decision], className: (decision ? "positive" : "negative") + wrong });
      if (reviewOf) cells.push(reviewCell(reviewOf(item.score!), classes));
      cells.push({ textContent: item.score!.probability.toFixed(4), className: "number" });
      if (withTruth) cells.push({ textContent: item.truth === undefined ? "" : classes[item.truth] });
    }
    const row = rowOf(item, { name: item.path.slice(shared), marks, cells }, onChoose);
    row.className = item === chosen ? "chosen" : "";
    return row;
  });
  place(table.querySelector("tbody")!, rows);
}

interface Mark {
  text: string;
  title: string;
  className: string;
}
type Cell = Pick<HTMLTableCellElement, "textContent"> & Partial<Pick<HTMLTableCellElement, "className" | "colSpan">>;
interface Content {
  name: string;
  marks: Mark[];
  cells: Cell[];
}

/** Laying out a row costs the browser more than all else here: rows are kept, and change with their content. */
const drawn = new WeakMap<Item, { row: HTMLTableRowElement; content: string }>();

function rowOf(item: Item, content: Content, onChoose: View["onChoose"]): HTMLTableRowElement {
  const text = JSON.stringify(content);
  const found = drawn.get(item);
  if (found?.content === text) return found.row;
  const row = found?.row ?? make("tr");
  const { name, marks, cells } = content;
  const button = make("button", { type: "button", title: item.path, onclick: () => onChoose(item) }, name);
  const marked = marks.flatMap(({ text, ...mark }) => [" ", make("span", mark, text)]);
  row.replaceChildren(make("td", {}, button, ...marked), ...cells.map((cell) => make("td", cell)));
  drawn.set(item, { row, content: text });
  return row;
}

/** Makes these the rows of `body`; rows that are in order stay where they are. */
function place(body: HTMLTableSectionElement, rows: readonly HTMLTableRowElement[]): void {
  let next = body.firstElementChild;
  for (const row of rows) {
    if (row === next) next = next.nextElementSibling;
    else body.insertBefore(row, next);
  }
  while (next) {
    const following: Element | null = next.nextElementSibling;
    next.remove();
    next = following;
  }
}

function reviewCell(decided: Decided, classes: View["classes"]): Cell {
  return { textContent: [...classes, word("review")][decided], className: ["negative", "positive", "review"][decided] };
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
