// The languages of the report. Their words are in other files, so that parsing a command line does not load them.
/** BCP 47. */
export const LANGUAGE_NAMES = ["en", "ko"] as const;

export type Language = (typeof LANGUAGE_NAMES)[number];
