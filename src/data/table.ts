// CSV files that people write: with Excel, pandas or by hand. The columns are found by their names.
import { parse } from "csv-parse/sync";
import { fromCell } from "../core/csv-cells.js";
import { InputError } from "../core/errors.js";
import { eachRecord, MAX_FIELD, MAX_ROWS } from "./csv.js";
import { folded } from "./same-name.js";

export interface Column {
  name: string;
  /** Other names of the column. They count if exactly one column of the file has one. */
  synonyms?: readonly string[];
  optional?: boolean;
}

export interface Row {
  /** The values in the order of the requested columns; undefined: the file lacks the optional column. */
  values: (string | undefined)[];
  /** Names the row in messages. Rows count from 1 below the header. */
  where: string;
}

export interface Table {
  header: string[];
  rows: Row[];
  /** What was assumed or not used, one sentence each. */
  notes: string[];
}

const SEPARATORS = [",", ";", "\t"] as const;
/** Excel's line that names the separator. */
const SEPARATOR_LINE = /^sep=(.)(\r\n|\n|\r)/i;
/** What no empty line has. */
const FILLED = /[^ \t,;\r\n]/;
const [LINE_FEED, CARRIAGE_RETURN] = [10, 13];
const MAX_COLUMNS = 1000;
/** Of all records together. PadChest's table, one of the widest, has 6 million. */
const MAX_FIELDS = 8_000_000;
/** In UTF-16 units. */
const MAX_HEADER = 2 ** 16;
const OPTIONS = { record_delimiter: ["\r\n", "\n", "\r"], relax_column_count: true };

/**
 * Separated by commas, semicolons or tabs, whichever gives a header with all columns that are not optional. Columns may have any
 * order; others are ignored with a note. Rows without any value are skipped. `name` is the file in messages.
 */
export async function readTable(text: string, name: string, columns: readonly Column[]): Promise<Table> {
  const [line = "", separator] = SEPARATOR_LINE.exec(text) ?? [];
  const content = withoutEmptyLines(text.slice(line.length));
  const tried = (separator === undefined ? SEPARATORS : [separator]).map((delimiter) => {
    const header = firstRow(content, delimiter);
    return { delimiter, header, places: placesOf(header, columns) };
  });
  const found = tried.find(({ places }) => columns.every(({ optional }, i) => optional || typeof places[i] === "number"));
  if (!found) throw wrongHeader(content, name, columns, tried);
  const { delimiter, header, places } = found;
  if (separatorsIn(content, delimiter) > MAX_FIELDS) {
    throw new InputError(`${name} has more than ${MAX_FIELDS} fields or lines: remove columns that are not needed.`);
  }
  const needed = 1 + Math.max(...columns.map(({ optional }, i) => (optional ? -1 : (places[i] as number))));
  const rows: Row[] = [];
  let record = 0;
  // In bytes, at most three a unit. With the limit, an open quote does not collect the rest of the file.
  const limit = 3 * MAX_FIELD * Math.min(header.length, MAX_COLUMNS);
  await eachRecord(content, name, { ...OPTIONS, delimiter, from: 2, max_record_size: limit }, (fields) => {
    if (++record > MAX_ROWS) throw new InputError(`${name} has more than ${MAX_ROWS} records.`);
    if (fields.every((field) => field.trim() === "")) return;
    const where = `${name}, record ${record}`;
    checkFields(fields, header.length, needed, where);
    rows.push({ values: places.map((place) => (typeof place === "number" ? fromCell(fields[place] ?? "") : undefined)), where });
  });
  return { header, rows, notes: notesOf(name, header, columns, places) };
}

/** From the first line that is not empty. */
function withoutEmptyLines(text: string): string {
  const filled = FILLED.exec(text)?.index ?? text.length;
  return text.slice(Math.max(text.lastIndexOf("\n", filled), text.lastIndexOf("\r", filled)) + 1);
}

/** Separators and line ends, also those in quotes. */
function separatorsIn(text: string, delimiter: string): number {
  const separator = delimiter.charCodeAt(0);
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === separator || unit === LINE_FEED || unit === CARRIAGE_RETURN) count++;
  }
  return count;
}

const plain = (title: string): string => folded(title).replace(/[\s_-]+/g, "");

/** The index of each column in the header; null if it is absent; the competing titles if several columns may be meant. */
type Place = number | null | string[];

function placesOf(header: readonly string[], columns: readonly Column[]): Place[] {
  const titles = header.map(plain);
  const indices = (names: readonly string[]) => {
    const wanted = new Set(names.map(plain));
    return [...titles.keys()].filter((i) => wanted.has(titles[i]));
  };
  return columns.map(({ name, synonyms = [] }): Place => {
    const named = indices([name]);
    const found = named.length > 0 ? named : indices(synonyms);
    if (found.length > 1) return found.map((i) => header[i]);
    return found[0] ?? null;
  });
}

/** Without empty titles at the end, which separators at the end of the line make. */
function firstRow(text: string, delimiter: string): string[] {
  try {
    const [header = []]: string[][] = parse(text.slice(0, MAX_HEADER), { ...OPTIONS, delimiter, to: 1 });
    return header.slice(0, header.findLastIndex((title) => title.trim() !== "") + 1);
  } catch {
    return [];
  }
}

/**
 * Empty fields beyond the header are ignored: Excel writes them. It also leaves out empty fields at the end of a row: those behind
 * the `needed` first ones may be missing.
 */
function checkFields(fields: string[], count: number, needed: number, where: string): void {
  if (fields.slice(count).some((field) => field.trim() !== ""))
    throw new InputError(`${where}: more than ${count} fields: put quotes round one that holds commas.`);
  if (fields.length < needed) throw new InputError(`${where}: expected ${count} fields, found ${fields.length}.`);
  if (fields.some(({ length }) => length > MAX_FIELD))
    throw new InputError(`${where}: a field has more than ${MAX_FIELD} characters.`);
}

const SHOWN = 80;

function wrongHeader(
  text: string,
  name: string,
  columns: readonly Column[],
  tried: { header: string[]; places: Place[] }[],
): InputError {
  const [first] = text.split(/[\r\n]/, 1);
  const begins = first === "" ? "is empty" : `begins with ${JSON.stringify(first.slice(0, SHOWN))}`;
  const needed = columns.filter(({ optional }) => !optional).map((column) => column.name);
  const also = columns.filter(({ optional }) => optional).map((column) => column.name);
  const wanted = `${needed.join(",")}${also.map((column) => `[,${column}]`).join("")}`;
  // The separator with the most columns is the file's.
  const { header, places } = tried.reduce((best, one) => (one.header.length > best.header.length ? one : best));
  const twice = columns.flatMap((column, i) => (Array.isArray(places[i]) ? [{ column, titles: places[i] }] : []))[0];
  if (twice) {
    const titles = twice.titles.map((title) => JSON.stringify(title.slice(0, SHOWN))).join(" and ");
    return new InputError(`${name} has the columns ${titles}: name the one to use "${twice.column.name}".`);
  }
  const lacking = needed.filter((_, i) => places[columns.findIndex((column) => column.name === needed[i])] === null);
  const lacks =
    header.length > 1 && lacking.length < needed.length ? `, which lacks ${lacking.map((c) => `"${c}"`).join(" and ")}` : "";
  return new InputError(`${name} ${begins}${lacks}: its first line must name the columns ${wanted}.`);
}

function notesOf(name: string, header: string[], columns: readonly Column[], places: Place[]): string[] {
  const used = new Set(places.filter((place) => typeof place === "number"));
  const assumed = columns.flatMap((column, i) => {
    const place = places[i];
    if (typeof place !== "number" || plain(header[place]) === plain(column.name)) return [];
    return [`${name}: the column "${header[place].slice(0, SHOWN)}" was read as "${column.name}".`];
  });
  const ambiguous = columns.flatMap((column, i) =>
    Array.isArray(places[i]) ? [`${name}: several columns may be "${column.name}"; none of them was used.`] : [],
  );
  const others = header.filter((title, i) => !used.has(i) && title.trim() !== "").map((title) => title.slice(0, SHOWN));
  const listed = others.slice(0, 5).join(", ") + (others.length > 5 ? ", ..." : "");
  const unused = others.length === 0 ? [] : [`${name}: columns that are not used: ${listed}.`];
  return [...assumed, ...ambiguous, ...unused];
}
