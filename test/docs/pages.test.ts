// The pages: short enough, and their links lead somewhere.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PAGES, readPage } from "./blocks.js";

const test = suite("docs: pages");

test("the README has at most 1,000 words, ARCHITECTURE at most one page", () => {
  assert.ok(readPage("README.md").split(/\s+/).filter(Boolean).length <= 1000);
  assert.ok(readPage("ARCHITECTURE.md").split("\n").length <= 110);
});

/** As GitHub makes them. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

const anchors = (page: string): string[] => [...readPage(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchor(heading));

test("links lead to files and headings that are there", () => {
  const broken = PAGES.flatMap((page) =>
    [...readPage(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link]) => link)
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [path, heading] = link.split("#");
        const target = path === "" ? page : join(dirname(page), path);
        return !existsSync(target) || (heading !== undefined && !anchors(target).includes(heading));
      })
      .map((link) => `${page}: ${link}`),
  );
  assert.equal(broken, []);
});

test("files that a page names are there", () => {
  const missing = PAGES.flatMap((page) =>
    [...readPage(page).matchAll(/`((?:src|test|assembly|bench|docs|examples|sample)\/[\w/.-]*)`/g)]
      .map(([, path]) => path)
      .filter((path) => ![path, `${path}.ts`, `${path}.test.ts`].some((one) => existsSync(one)))
      .map((path) => `${page}: ${path}`),
  );
  assert.equal(missing, []);
});

test("the README's figures are those of the results and the measurements", () => {
  const sources = ["docs/results/README.md", "docs/PERFORMANCE.md"].map(readPage).join("\n");
  const rows = readPage("README.md").match(/^\| `(?:logistic|dnn|resnet18).*$/gm) ?? [];
  assert.is(rows.length, 4);
  for (const row of rows) {
    // The fourth column is a run of PyTorch, which these pages do not hold.
    const [name, pulmo, study, , ours, theirs] = row.slice(2, -2).split(" | ");
    for (const [figure] of [pulmo, study, ours ?? "", theirs ?? ""].join(" ").matchAll(/\d+\.\d+|\d{3}/g))
      assert.match(sources, new RegExp(`\\b${figure.replace(".", "\\.")}\\b`), `${name}: ${figure}`);
  }
});

test("pictures load quickly", () => {
  for (const name of readdirSync("docs/images")) assert.ok(statSync(join("docs/images", name)).size < 300_000, name);
});

test("programs in docs import what is there", async () => {
  const missing: string[] = [];
  for (const name of readdirSync("docs").filter((name) => name.endsWith(".mjs"))) {
    for (const [, names, path] of readFileSync(join("docs", name), "utf8").matchAll(/^import \{(.*?)\} from "(\..*?)";$/gm)) {
      const found = await import(pathToFileURL(join("docs", path)).href);
      missing.push(
        ...names
          .split(",")
          .filter((one) => !(one.trim() in found))
          .map((one) => `docs/${name}: ${path} ${one}`),
      );
    }
  }
  assert.equal(missing, []);
});

test.run();
