// CSV files as pulmo writes them.
import { stringify } from "csv-stringify/sync";
import { toCell } from "../core/csv-cells.js";

/** RFC 4180 fields, "\n" between records. Numbers keep all digits of a double; texts cannot run as formulas in a spreadsheet. */
export const csvText = (rows: readonly (readonly (string | number)[])[]): string =>
  stringify(rows.map((row) => row.map((cell) => (typeof cell === "number" ? String(cell) : toCell(cell)))));
