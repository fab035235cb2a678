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
  const [first, ...records] = parsed(name, () =>
    parse(text, {
      record_delimiter: ["\n", "\r\n"],
      relax_column_count: true,
      to: 1 + MAX_ROWS + 1,
      // In bytes, at most three a unit. With the limit, an open quote does not collect the rest of the file.
      max_record_size: 3 * MAX_FIELD * count,
    }),
  );
  if (!isDeepStrictEqual(first, header)) {
    throw new InputError(`${name} does not begin with the line "${header.join(",")}": put it there.`);
  }
  if (records.length > MAX_ROWS) throw new InputError(`${name} has more than ${MAX_ROWS} records.`);
  records.forEach((fields, i) => {
    const where = `${name}, record ${i + 1}`;
    if (fields.length > count)
      throw new InputError(`${where}: more than ${count} fields: put quotes round one that holds commas.`);
    if (fields.length < count) throw new InputError(`${where}: expected ${count} fields, found ${fields.length}.`);
    if (fields.some(({ length }) => length > MAX_FIELD)) throw noField(where);
  });
  return records.map((fields) => fields.map(fromCell));
}

/** The result of csv-parse, with its errors as InputErrors. */
function parsed(name: string, work: () => string[][]): string[][] {
  try {
    return work();
  } catch (error) {
    throw worded(name, error);
  }
}

const PIECE = 2 ** 18;

/** Reads a text piece by piece, so that the process can end at a signal meanwhile. Throws an InputError. */
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
    await pipeline(pieces, parser.resume());
  } catch (error) {
    throw worded(name, error);
  }
}

/** csv-parse and csv-parse/sync have a class each. */
const worded = (name: string, error: unknown): unknown =>
  error instanceof CsvError || error instanceof StreamError ? noField(`${name}, line ${error.lines}`) : error;

const noField = (where: string) =>
  new InputError(`${where}: no field of at most ${MAX_FIELD} characters, in quotes where it holds quotes.`);
