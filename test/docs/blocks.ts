// The code blocks of the documentation.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Block {
  /** "README.md:61": where its code begins. */
  where: string;
  language: string;
  /** Of an HTML comment right above, which readers do not see: where it runs, if not in Node. */
  runtime: string | undefined;
  code: string;
}

/** Every page of the repository that people read. */
export const PAGES = [
  ...["README.md", "README.ko.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "THIRD_PARTY.md"],
  ...["bench/README.md", "examples/README.md", "docs/results/README.md"],
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];

export const readPage = (page: string): string => readFileSync(page, "utf8");

export function blocksOf(page: string): Block[] {
  const text = readPage(page);
  return [...text.matchAll(/(?:<!-- (\w+) -->\n)?^```(\w*)\n(.*?)^```$/gms)].map(
    ({ 1: runtime, 2: language, 3: code, 0: all, index }) => {
      const line = text.slice(0, index + all.indexOf("```")).split("\n").length + 1;
      return { where: `${page}:${line}`, language, runtime, code };
    },
  );
}
