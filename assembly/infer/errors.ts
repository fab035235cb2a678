// The last error as ASCII text, which any host can read.

const MOST = 128;
const text = memory.data(MOST);
let length: i32 = 0;

/** Stores an ASCII sentence; returns 1, the result of a failed call. */
export function fail(sentence: string): i32 {
  length = min(sentence.length, MOST);
  for (let i = 0; i < length; i++) store<u8>(text + i, <u8>load<u16>(changetype<usize>(sentence) + (i << 1)));
  return 1;
}

export function succeed(): i32 {
  length = 0;
  return 0;
}

/** Address of the message of the last call that failed, ASCII. */
export function lastError(): usize {
  return text;
}

/** Length of the message; 0 if the last call did not fail. */
export function lastErrorLength(): i32 {
  return length;
}
