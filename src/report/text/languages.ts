// The names of the report's languages, apart from their words: a command that writes no report need not load those.
/** BCP 47; each is a file beside this one. */
export const LANGUAGE_NAMES = ["en", "ko"] as const;

export type Language = (typeof LANGUAGE_NAMES)[number];
