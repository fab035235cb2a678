// docs/api.md documents everything that can be imported.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readPage } from "./blocks.js";

const test = suite("docs: API");

/** Names that a declaration file exports, by itself or from others. */
function exportsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const listed = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, names]) =>
    names
      .split(",")
      .map((name) =>
        name
          .trim()
          .replace(/^type /, "")
          .replace(/.* as /, ""),
      )
      .filter(Boolean),
  );
  const declared = [...text.matchAll(/^export (?:declare )?(?:async )?(?:const|function|class|interface|type|enum) (\w+)/gm)].map(
    ([, name]) => name,
  );
  const others = [...text.matchAll(/^export (?:type )?\* from "(.*)\.js"/gm)].flatMap(([, path]) =>
    exportsOf(join(dirname(file), `${path}.d.ts`)),
  );
  return [...listed, ...declared, ...others];
}

/** Declaration files of package.json's entries. */
function entries(exports: unknown): string[] {
  if (typeof exports === "string") return exports.endsWith(".d.ts") ? [exports] : [];
  return Object.values(exports as object).flatMap(entries);
}

test("each export of each entry is in docs/api.md, in code", () => {
  const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
  const names = new Set(entries(exports).flatMap(exportsOf));
  for (const name of ["loadModel", "train", "evaluate", "openDataset", "Model", "ModelDefinition", "Reporter"])
    assert.ok(names.has(name), `${name} is not exported`);
  const code = [...readPage("docs/api.md").matchAll(/`[^`]+`|^```.*?^```/gms)].join("\n");
  assert.equal([...names].filter((name) => !new RegExp(`\\b${name}\\b`).test(code)).sort(), []);
});

test.run();
