// Names that people take for the same: macOS writes accents and Hangul decomposed (NFD), keyboards composed (NFC).

/** Equal for canonically equal names (Unicode UAX #15). */
export const canonical = (name: string): string => name.normalize("NFC");

/** By the code units of the canonical names: the same order in every locale, and on disks that store names in another form. */
export function inOrder<T>(items: readonly T[], nameOf: (item: T) => string): T[] {
  const named = items.map((item) => ({ item, name: canonical(nameOf(item)) }));
  return named.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)).map(({ item }) => item);
}

/** Also equal for names that differ in case, or in spaces around them. */
export const folded = (name: string): string => canonical(name).trim().toLowerCase();
