/** Bad usage or bad input. The message is one sentence: what, where, and what to do. The CLI exits with 2. */
export class InputError extends Error {
  override name = "InputError";
}

/** The user stopped the work and everything is saved. The CLI exits with 130. */
export class Interrupted extends Error {
  override name = "Interrupted";
}
