// What a mistyped word was meant to be.
import yargs from "yargs";

/** Shorter words resemble too many others. */
const LEAST = 3;

/** The candidate that `typed` is a part of, that is a part of `typed`, or that differs from it in few letters. */
export function closest(typed: string, candidates: readonly string[]): string | undefined {
  const word = kebab(typed);
  if (candidates.includes(word)) return word;
  if (word.length < LEAST) return undefined;
  const related = candidates.filter((name) => name.length >= LEAST && (contains(word, name) || contains(name, word)));
  const [nearest] = related.sort((a, b) => Math.abs(a.length - word.length) - Math.abs(b.length - word.length));
  return nearest ?? recommended(word, candidates);
}

/** batchSize and batch_size are batch-size. */
const kebab = (typed: string): string =>
  typed
    .replace(/[a-z](?=[A-Z])/g, "$&-")
    .replaceAll("_", "-")
    .toLowerCase();

const contains = (whole: string, part: string): boolean => whole.startsWith(part) || whole.split("-").includes(part);

/** yargs compares words only to recommend commands, so it is given the candidates as commands. The first letter is rarely wrong. */
function recommended(word: string, candidates: readonly string[]): string | undefined {
  const parser = yargs([word]).exitProcess(false).help(false).version(false).recommendCommands();
  for (const name of candidates) if (name[0] === word[0]) parser.command(name, "");
  let found: string | undefined;
  parser.fail((message) => {
    found = message;
  });
  parser.updateStrings({ "Did you mean %s?": "%s" }).parse();
  return found;
}
