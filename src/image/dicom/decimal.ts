// Numbers written as text (PS3.5 6.2, DS), as devices write them.
import type { DataSet } from "./data-set.js";

const POINT = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const COMMA = /^[+-]?\d*,\d+(e[+-]?\d+)?$/i;
/** One to three digits, then three: a decimal comma, or one between thousands. */
const THOUSANDS = /^[+-]?[1-9]\d{0,2},\d{3}$/;
/** 1.234,5 and 1,234.5: only one of the two signs can separate the decimals. */
const POINTS_THEN_COMMA = /^[+-]?\d{1,3}(\.\d{3})+,\d+$/;
const COMMAS_THEN_POINT = /^[+-]?\d{1,3}(,\d{3})+\.\d+$/;

/**
 * The value at `index`, else the first, of an attribute called `keyword`. Undefined if it is missing, empty or no number. A decimal comma is read as a
 * point if nothing else can be meant, else it is an Error.
 */
export function readDecimal(dataSet: DataSet, tag: string, keyword: string, notes: string[], index = 0): number | undefined {
  const text = (dataSet.string(tag, index) ?? "").trim();
  if (text === "") return undefined;
  if (POINT.test(text)) return finite(Number(text));
  if (THOUSANDS.test(text)) {
    const [decimal, whole] = [text.replace(",", "."), text.replace(",", "")];
    throw new Error(`its ${keyword} ${text} may mean ${decimal} or ${whole}: write it with a decimal point`);
  }
  const plain = COMMA.test(text)
    ? text.replace(",", ".")
    : POINTS_THEN_COMMA.test(text)
      ? text.replaceAll(".", "").replace(",", ".")
      : COMMAS_THEN_POINT.test(text)
        ? text.replaceAll(",", "")
        : undefined;
  notes.push(plain === undefined ? `${keyword} is not a number: ignored` : `${keyword} has a comma: read as ${Number(plain)}`);
  return plain === undefined ? undefined : finite(Number(plain));
}

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);
