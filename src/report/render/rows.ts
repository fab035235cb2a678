// The rows of a table that are shown: a report stays small, whatever metrics.json holds.
import type { Table } from "../blocks.js";
import type { Words } from "../text/index.js";
import { evenly, MAX_ROWS } from "../thin.js";

/** The table with at most 300 rows; its caption says how many there are, if more. */
export function shortened<T extends Table>(table: T, t: Words): T {
  const { caption, rows, choice, of = rows.length } = table;
  const places = evenly(rows.length, MAX_ROWS);
  const shown = places.map((i) => rows[i]);
  if (shown.length === of) return table;
  const chosen = choice && { choice: { ...choice, of: places.map((i) => choice.of[i]) } };
  return { ...table, ...chosen, rows: shown, caption: [caption, ` (${t.page.someRows(shown.length, of)})`].flat() };
}
