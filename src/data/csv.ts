// CSV files (RFC 4180) with a header. Every length is bounded.
import { pipeline } from "node:stream/promises";
import { setImmediate } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { type Options, parse as parseStream, CsvError as StreamError } from "csv-parse";
import { CsvError, parse } from "csv-parse/sync";
import { fromCell } from "../core/csv-cells.js";
import { InputError } from "../core/errors.js";

export const MAX_ROWS = 1_000_000;
/** In UTF-16 units. */
export const MAX_FIELD = 4096;

/** The records below the header, each with as many fields as it. `name` is the file in messages. Throws an InputError. */
export function csvRecords(text: string, name: string, header: readonly string[]): string[][] {
  const count = header.length;
  // A quote takes two units.
  const longest = count * (2 * MAX_FIELD + QUOTES_AND_COMMA);
  // In bytes, at most three a unit. With the limit, an open quote does not collect the rest of the file.
  const options = { record_delimiter: ["\n", "\r\n"], max_record_size: 3 * MAX_FIELD * count };
  const [first] = parsed(name, count, () => parse(text.slice(0, 2 * longest), { ...options, to: 1 }));
  if (!isDeepStrictEqual(first, header)) {
    throw new InputError(`${name} does not begin with the line "${header.join(",")}": put it there.`);
  }
  const line = firstLongLine(text, longest);
  if (line > 0) throw noField(`${name}, line ${line}`);
  const [, ...records] = parsed(name, count, () => parse(text, { ...options, to: 1 + MAX_ROWS + 1 }));
  if (records.length > MAX_ROWS) throw new InputError(`${name} has more than ${MAX_ROWS} records.`);
  const long = records.findIndex((fields) => fields.some(({ length }) => length > MAX_FIELD));
  if (long >= 0) throw noField(`${name}, record ${long + 1}`);
  return records.map((fields) => fields.map(fromCell));
}

const QUOTES_AND_COMMA = 3;

/** The number of the first line with more than `most` units, from 1; 0: there is none. */
function firstLongLine(text: string, most: number): number {
  let line = 1;
  for (let start = 0; start < text.length; line++) {
    const end = text.indexOf("\n", start);
    if ((end < 0 ? text.length : end) - start > most) return line;
    if (end < 0) return 0;
    start = end + 1;
  }
  return 0;
}

/** The result of csv-parse, with its errors as InputErrors. */
function parsed(name: string, count: number, work: () => string[][]): string[][] {
  try {
    return work();
  } catch (error) {
    throw worded(name, error, count);
  }
}

const PIECE = 2 ** 18;

/**
 * Reads a text piece by piece, so that the process can end at a signal meanwhile. Records may have any number of fields. Throws an
 * InputError.
 */
export async function eachRecord(text: string, name: string, options: Options, take: (fields: string[]) => void): Promise<void> {
  const bytes = Buffer.from(text);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += PIECE) {
      yield bytes.subarray(at, at + PIECE);
      await setImmediate();
    }
  }
  const onRecord = (fields: string[]) => {
    take(fields);
    return null;
  };
  try {
    const parser = parseStream({ ...options, on_record: onRecord });
    // relax_column_count makes an error object, of 50 us, for each record that is longer or shorter than the first. So each record
    // gets the length that it has.
    const { state } = parser as unknown as { state: { record: string[] } };
    Object.defineProperty(state, "expectedRecordLength", { get: () => state.record.length, set() {} });
    await pipeline(pieces, parser.resume());
  } catch (error) {
    throw worded(name, error);
  }
}

/** csv-parse and csv-parse/sync have a class each. */
function worded(name: string, error: unknown, count = 0): unknown {
  if (!(error instanceof CsvError || error instanceof StreamError)) return error;
  if (error.code !== "CSV_RECORD_INCONSISTENT_FIELDS_LENGTH") return noField(`${name}, line ${error.lines}`);
  const { record, records } = error as unknown as { record: string[]; records: number };
  return wrongCount(`${name}, record ${records}`, record.length, count);
}

const wrongCount = (where: string, found: number, count: number): InputError =>
  new InputError(
    found > count
      ? `${where}: more than ${count} fields: put quotes round one that holds commas.`
      : `${where}: expected ${count} fields, found ${found}.`,
  );

const noField = (where: string) =>
  new InputError(`${where}: no field of at most ${MAX_FIELD} characters, in quotes where it holds quotes.`);
