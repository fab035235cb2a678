// The rows of a table that are shown: a report stays small, whatever metrics.json holds.
import type { Table } from "../blocks.js";
import type { Words } from "../text/index.js";
import { evenly, MAX_ROWS } from "../thin.js";

/** The table with at most 300 rows; its caption says how many there are, if more. */
export function shortened<T extends Table>(table: T, t: Words): T {
  const { caption, rows, of = rows.length } = table;
  const shown = evenly(rows.length, MAX_ROWS).map((i) => rows[i]);
  if (shown.length === of) return table;
  return { ...table, rows: shown, caption: [caption, ` (${t.page.someRows(shown.length, of)})`].flat() };
}
