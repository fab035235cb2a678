// JSON, YAML and CSV: deep, long, or of many small parts.
import type { AdversarialCase } from "../adversarial.js";

const numbered = (count: number, one: (index: number) => string, between: string): string =>
  Array.from({ length: count }, (_, i) => one(i)).join(between);

const JSONS: [string, () => string][] = [
  ["50 MB of [", () => "[".repeat(50e6)],
  ["25 million lists in one another", () => "[".repeat(25e6) + "]".repeat(25e6)],
  ['50 MB of {"a":', () => '{"a":'.repeat(10e6)],
  ["17 million empty objects", () => `[${"{},".repeat(17e6)}{}]`],
  ["five million names", () => `{${numbered(5e6, (i) => `"${i}":0`, ",")}}`],
  ["25 million numbers", () => `{"models":[${"0,".repeat(25e6)}0]}`],
];

const YAMLS: [string, () => string][] = [
  ["1 MB of [", () => "[".repeat(1e6)],
  ["half a million lists in one another", () => "[".repeat(5e5) + "]".repeat(5e5)],
  ["1 MB of {a: ", () => "{a: ".repeat(250e3)],
  ["1 MB of - in a line", () => "- ".repeat(5e5)],
  ["1 MB of ? in a line", () => "? ".repeat(5e5)],
  ["100,000 keys", () => numbered(1e5, (i) => `k${i}: 1`, "\n")],
  ["200,000 keys of a flow map", () => `lr: {${numbered(140e3, (i) => i.toString(36), ", ")}}`],
  ["lists by indentation", () => numbered(1300, (i) => `${" ".repeat(i)}-`, "\n")],
  ["a billion laughs", () => `a0: &a0 [x]\n${numbered(30, (i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]`, "\n")}`],
  ["60,000 aliases", () => `a: &a 1\nlr: [${"*a,".repeat(3e5)}]`],
  ["100,000 anchors", () => `lr: [${numbered(1e5, (i) => `&a${i} 1`, ",")}]`],
  ["a scalar of 1 MB", () => `data: ${"x".repeat(1e6)}`],
  ["a scalar of 500,000 lines", () => `data: "${"\n".repeat(1e6)}"`],
  ["1 MB of comments", () => "#\n".repeat(5e5)],
  ["1 MB of documents", () => "---\n".repeat(25e4)],
  ["64 KB of [", () => "[".repeat(64e3)],
  ["15,000 keys", () => numbered(15e3, (i) => `${i.toString(36)}:`, "\n")],
];

const CSVS: [string, () => string][] = [
  ["a cell of 60 MB", () => `file,label\n${"a".repeat(60e6)},0\n`],
  ["a quoted cell of 60 MB without an end", () => `file,label\n"${"a".repeat(60e6)}`],
  ["60 MB of commas", () => `file,label\n${",".repeat(60e6)}\n`],
  ["60 MB of quotes", () => `file,label\n${'"'.repeat(60e6)},0\n`],
  ["a header of 20 million columns", () => `file,label${",x".repeat(20e6)}\n`],
  ["60 MB of line ends", () => `file,label\n${"\n".repeat(60e6)}`],
  ["nothing but 60 MB of line ends", () => "\n".repeat(60e6)],
  ["nothing but 60 MB of blanks", () => " ".repeat(60e6)],
  ["200,000 records of one field", () => `file,label\na,0\n${"\n".repeat(2e5)}`],
  ["20 MB of paths of a letter", () => "a\n".repeat(10e6)],
  ["60 MB of carriage returns", () => `file,label\n${"\r".repeat(60e6)}`],
];

/** Those of up to 64 KB. */
const QUICK = new Set(["lists by indentation", "a billion laughs", "64 KB of [", "15,000 keys"]);

const cases = (area: string, found: [string, () => string][]): AdversarialCase[] =>
  found.map(([name, text]) => ({ area, name, quick: QUICK.has(name), bytes: () => Buffer.from(text()) }));

export const texts: AdversarialCase[] = [
  ...["run.json", "metrics.json", "stress.json, pictures.json", "shard.json", "sweep.json"].flatMap((area) => cases(area, JSONS)),
  ...cases("sweep's specification", YAMLS),
  ...["labels", "predictions"].flatMap((area) => cases(area, CSVS)),
];
