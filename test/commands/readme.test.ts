// The README's example is a program that does what its comment says.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("README");
const repository = new URL("../../../", import.meta.url);

test("the embedding example prints what it says", () => {
  const text = readFileSync(new URL("README.md", repository), "utf8");
  const [, code] = /runs this -->\n```js\n(.*?)```/s.exec(text)!;
  const [, promised] = /console\.log\(.*\); \/\/ (.*)\n/.exec(code)!;
  const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", code], {
    cwd: fileURLToPath(repository),
    encoding: "utf8",
  });
  assert.is(printed.trim(), promised);
});

test("the commands and files it names exist", () => {
  const text = readFileSync(new URL("README.md", repository), "utf8");
  const { scripts } = JSON.parse(readFileSync(new URL("package.json", repository), "utf8"));
  for (const [, script] of text.matchAll(/npm run ([\w:]+)/g)) assert.ok(script in scripts, script);
  for (const [, file] of text.matchAll(/\]\(([\w/.]+\.md)\)/g)) readFileSync(new URL(file, repository));
});

test.run();
