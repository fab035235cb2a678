// Imports point one way: cli -> commands -> run -> {data, train, eval, report} -> node -> core.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("structure: imports");

/**
 * ARCHITECTURE.md's table: what each folder of src may import. "core/kernels" allows that file alone, "eval (types)" an
 * `import type` alone.
 */
const ALLOWED: Record<string, string[]> = Object.fromEntries(
  [...readFileSync("ARCHITECTURE.md", "utf8").matchAll(/^\| `src\/([\w-]+)(?:\/|\.ts)` \|.*\| ([^|]*) ?\|$/gm)].map(
    ([, folder, cell]) => [
      folder,
      cell
        .split(",")
        .map((rule) => rule.trim())
        .filter(Boolean),
    ],
  ),
);

interface Edge {
  from: string;
  to: string;
  types: boolean;
}

const IMPORT = new RegExp(
  [
    /(?:^|\n)\s*(?:import|export)(\s+type)?\s[^;]*?from\s*"([^"]+)"/,
    /import\(\s*"([^"]+)"\s*\)/,
    /new URL\(\s*"(\.[^"]+\.js)"/,
    /(?:^|\n)\s*import\s*"([^"]+)"/,
  ]
    .map((r) => r.source)
    .join("|"),
  "g",
);

/** Imports, re-exports, dynamic imports and worker files named by a module. */
function importsIn(code: string): { specifier: string; types: boolean }[] {
  return [...code.matchAll(IMPORT)].map(([, type, from, dynamic, url, bare]) => ({
    specifier: from ?? dynamic ?? url ?? bare,
    types: type !== undefined,
  }));
}

const files = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((f) => f.endsWith(".ts"))
  .sort();
const edges: Edge[] = files.flatMap((file) =>
  importsIn(readFileSync(join("src", file), "utf8"))
    // The compiled core is not a source file.
    .filter(({ specifier }) => specifier.startsWith(".") && !specifier.endsWith(".wasm"))
    .map(({ specifier, types }) => ({
      from: file,
      to: normalize(join(dirname(file), specifier)).replace(/\.js$/, ".ts"),
      types,
    })),
);

/** "train/loop.ts" -> "train"; "cli.ts" -> "cli". */
const folderOf = (file: string) => file.replace(/\.ts$/, "").split("/")[0];

function isAllowed({ from, to, types }: Edge): boolean {
  if (folderOf(from) === folderOf(to)) return true;
  return (ALLOWED[folderOf(from)] ?? []).some((rule) => {
    const [target, typesOnly] = [rule.replace(" (types)", ""), rule.endsWith(" (types)")];
    return (target === folderOf(to) || `${target}.ts` === to) && (types || !typesOnly);
  });
}

const print = ({ from, to, types }: Edge) => `src/${from} imports ${types ? "types of " : ""}src/${to}`;

test("every import follows the table", () => {
  assert.equal(edges.filter((e) => !isAllowed(e)).map(print), []);
});

test("the core imports nothing but itself", () => {
  const outside = files
    .filter((f) => folderOf(f) === "core")
    .flatMap((f) =>
      importsIn(readFileSync(join("src", f), "utf8"))
        .filter(({ specifier }) => !specifier.startsWith("."))
        .map(({ specifier }) => `${f}: ${specifier}`),
    );
  assert.equal(outside, []);
});

test("every file belongs to a folder of the table, every import leads to a file", () => {
  assert.equal(
    files.filter((f) => !(folderOf(f) in ALLOWED)),
    [],
  );
  assert.equal(edges.filter((e) => !files.includes(e.to)).map(print), []);
});

test("the table has no unused permissions", () => {
  const unused = Object.entries(ALLOWED).flatMap(([from, rules]) =>
    rules
      .map((rule) => rule.replace(" (types)", ""))
      .filter((target) => !edges.some((e) => folderOf(e.from) === from && (folderOf(e.to) === target || e.to === `${target}.ts`)))
      .map((target) => `${from} -> ${target}`),
  );
  assert.equal(unused, []);
});

test("values are imported without a cycle between files", () => {
  const next = (file: string) => edges.filter((e) => e.from === file && !e.types).map((e) => e.to);
  const done = new Set<string>();
  const visit = (file: string, path: string[]): void => {
    if (path.includes(file)) throw new Error(`a cycle: ${[...path.slice(path.indexOf(file)), file].join(" -> ")}`);
    if (done.has(file)) return;
    for (const other of next(file)) visit(other, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
});

test("only the training parts import pools and workers", () => {
  const users = edges
    .filter((e) => /^(node\/(pool|worker)|core\/(pool|steps|control))\.ts$/.test(e.to))
    .map((e) => folderOf(e.from));
  assert.equal([...new Set(users)].sort(), ["core", "lib", "node", "train"]);
});

test("only the decoder's process loads sharp at its start", () => {
  const loading = files.filter((file) => /^import (?!type)[^;]*"sharp"/m.test(readFileSync(join("src", file), "utf8")));
  assert.equal(loading, ["node/decode-worker.ts"]);
});

test("predict starts without what one image does not need", () => {
  const code = (file: string) => readFileSync(join("src", file), "utf8");
  const atStart = (file: string) =>
    [...code(file).matchAll(/^(?:import|export) (?!type\b)[^;]*?from "(\.[^"]+)\.js";/gm)].map(
      ([, specifier]) => `${normalize(join(dirname(file), specifier))}.ts`,
    );
  const loaded = new Set<string>();
  const visit = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const other of atStart(file)) visit(other);
  };
  for (const file of ["commands/predict.ts", "commands/preprocessing.ts", "lib/tools/predict.ts"]) visit(file);
  assert.ok(loaded.has("run/scoring/predict.ts"));
  const few = ["run/datasets", "run/exports", "report/sections", "report/render", "pictures"];
  const lazy = ["formats/onnx.ts", "formats/torch.ts", "node/decode.ts", "node/unzip.ts", "node/download.ts", "run/run-file.ts"];
  assert.equal(
    [...loaded].filter((file) => lazy.includes(file) || few.some((folder) => file.startsWith(`${folder}/`))),
    [],
  );
});

test("the reader of imports finds every kind", () => {
  const code = [
    'import { a } from "./a.js";',
    'import type { b } from "./b.js";',
    'import {\n  c,\n  type d,\n} from "./c.js";',
    'export * from "./d.js";',
    'const e = await import("./e.js");',
    'new URL("./f.js", import.meta.url)',
    'import "./g.js";',
  ].join("\n");
  assert.equal(
    importsIn(code).map((i) => [i.specifier, i.types]),
    [
      ["./a.js", false],
      ["./b.js", true],
      ["./c.js", false],
      ["./d.js", false],
      ["./e.js", false],
      ["./f.js", false],
      ["./g.js", false],
    ],
  );
});

test.run();
