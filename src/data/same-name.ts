// Names that people take for the same: macOS writes accents and Hangul decomposed (NFD), keyboards composed (NFC).

/** Equal for canonically equal names (Unicode UAX #15). */
export const canonical = (name: string): string => name.normalize("NFC");

/** Also equal for names that differ in case, or in spaces around them. */
export const folded = (name: string): string => canonical(name).trim().toLowerCase();
