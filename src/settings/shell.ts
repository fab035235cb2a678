/** A word of a POSIX shell, in quotes where it needs them. */
export const shellWord = (word: string): string =>
  /^[\w@%+:,./-][\w@%+=:,./~-]*$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

export const shellWords = (words: string[]): string => words.map(shellWord).join(" ");

/** A word in a command that the user copies: of cmd.exe and PowerShell on Windows, which take commas for lists. */
export const typedWord = (word: string, windows = process.platform === "win32"): string =>
  windows ? (/^[\w:./\\-]+$/.test(word) ? word : `"${word.replace(/\\+$/, "$&$&")}"`) : shellWord(word);

export const typedWords = (words: string[], windows?: boolean): string => words.map((word) => typedWord(word, windows)).join(" ");
