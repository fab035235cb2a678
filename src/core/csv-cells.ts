// Cells of CSV files that are safe in spreadsheets. Excel, LibreOffice and others run a cell that begins with =, +, -, @, a tab or
// a line break as a formula, also if it is quoted (owasp.org/www-community/attacks/CSV_Injection).

/** One or no apostrophe more, so that reading is the exact inverse. Includes the full-width forms of the signs. */
export const FORMULA = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const QUOTED_FORMULA = /^'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The text as a cell: one apostrophe is put before what a spreadsheet would run. Numbers are unchanged. */
export const toCell = (text: string): string => (FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text);

/** The text of a cell that `toCell` made. */
export const fromCell = (cell: string): string => (QUOTED_FORMULA.test(cell) ? cell.slice(1) : cell);
