// JSON from outside. What JSON.parse costs depends on how many values a text has, and how deep they are: both are bounded before.
import { FormatError } from "./tensors.js";

/** Lists and objects within one another. */
const MOST_DEPTH = 64;
/** As empty objects, they take 230 MB. */
export const MOST_VALUES = 4e6;

/**
 * JSON.parse of a text from outside. Throws a FormatError if the text is not JSON, is too deep, has more than `mostValues` values, or
 * has an object with the same name twice: parsers differ in which of the two counts.
 */
export function parseJson(text: string, mostValues = MOST_VALUES): unknown {
  const names = countNames(text, mostValues);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FormatError("it is not JSON");
  }
  if (namesIn(value) !== names) throw new FormatError("it has the same name twice in one object");
  return value;
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** The names in a text's objects, if it is JSON. Throws a FormatError if it exceeds a bound. */
function countNames(text: string, mostValues: number): number {
  let [depth, values, names] = [0, 1, 0];
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case COLON:
        names++;
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        if (++depth > MOST_DEPTH) throw new FormatError(`its lists and objects are more than ${MOST_DEPTH} levels deep`);
        values++;
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth--;
        break;
      case COMMA:
        values++;
    }
    if (values > mostValues) throw new FormatError(`it has more than ${mostValues} values`);
  }
  return names;
}

/** Where the closing quote stands; the text's length if there is none. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

function namesIn(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) for (const inner of value) count += namesIn(inner);
  else for (const name of Object.keys(value)) count += 1 + namesIn((value as Record<string, unknown>)[name]);
  return count;
}
