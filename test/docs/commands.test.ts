// The commands of the documentation: pulmo's are taken by its parser, npm's are scripts, the rest is known.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createParser } from "#pulmo/commands/parser.js";
import { readSpec } from "#pulmo/sweep/spec.js";
import { temporaryFolder } from "../data/places.js";
import { type Block, blocksOf, PAGES } from "./blocks.js";
import { commandsOf, pulmoArguments } from "./shell.js";

const test = suite("docs: commands");

const shell: Block[] = PAGES.flatMap(blocksOf).filter(({ language }) => language === "sh");
const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));

class Parsed extends Error {}

/** What is wrong with the arguments; undefined: they would run. */
async function complaint(args: string[]): Promise<string | undefined> {
  try {
    const parser = createParser(args, { program: "pulmo" })
      .exitProcess(false)
      // After all checks, before the command.
      .middleware(() => {
        throw new Parsed();
      });
    await parser.parseAsync(args, { cli: {} });
    return "no command";
  } catch (error) {
    return error instanceof Parsed ? undefined : (error as Error).message;
  }
}

test("pulmo takes the options that are shown, and the check sees a mistake", async () => {
  const shown = shell.flatMap(({ where, code }) => commandsOf(code).map((words) => ({ where, args: pulmoArguments(words) })));
  const pulmo = shown.filter(({ args }) => args !== undefined) as { where: string; args: string[] }[];
  assert.ok(pulmo.length > 40);
  const wrong: string[] = [];
  for (const { where, args } of pulmo) {
    // xargs puts a number there.
    const found = await complaint(args.map((word) => word.replace("{}", "1")));
    if (found !== undefined) wrong.push(`${where}: ${args.join(" ")}: ${found}`);
  }
  assert.equal(wrong, []);
  for (const args of ["run --foo", "trian", "run --epochs x", "data nothing", "export"])
    assert.ok(await complaint(args.split(" ")), args);
});

/** Programs beside node and npm. */
const OTHERS = new Set(["cat", "docker", "find", "kubectl", "printf", "seq", "ssh", "sudo", "xargs", ".ci/run"]);

test("npm's commands are scripts, node's are files, others are known", () => {
  for (const { where, code } of shell) {
    for (const [program, ...words] of commandsOf(code)) {
      const at = `${where}: ${program} ${words.join(" ")}`;
      if (program === "npm") assertNpm(words, at);
      else if (program === "node") assert.ok(existsSync(words[0].replace(/^build\/(.*)\.js$/, "$1.ts")), at);
      else if (program === "npx") assert.ok(words[0] === "pulmo", at);
      else assert.ok(OTHERS.has(program), at);
    }
  }
});

function assertNpm(words: string[], at: string): void {
  const prefix = words[0] === "--prefix" ? words[1] : ".";
  const [command, script] = words[0] === "--prefix" ? words.slice(2) : words;
  assert.ok(existsSync(join(prefix, "package.json")), at);
  if (command === "run") assert.ok(script in scripts, at);
  else assert.ok(["ci", "install", "pack", "test"].includes(command), at);
}

test("inline commands name scripts, commands and options that exist", async () => {
  for (const page of PAGES) {
    for (const [, text] of readFileSync(page, "utf8").matchAll(/`(npm run [^`]+|node dist\/cli\.js [^`]+)`/g)) {
      const [words] = commandsOf(text);
      if (words[0] === "npm") assertNpm(words.slice(1), `${page}: ${text}`);
      else if (!/[A-Z]{3}/.test(text)) assert.is(await complaint(pulmoArguments(words)!), undefined, `${page}: ${text}`);
    }
  }
});

test("a sweep's specification is one", async () => {
  const specs = shell.flatMap(({ code }) =>
    [...code.matchAll(/^cat > \S+\.yaml <<'EOF'\n(.*?)^EOF$/gms)].map(([, text]) => text),
  );
  assert.is(specs.length, 1);
  const file = join(temporaryFolder(), "sweep.yaml");
  for (const text of specs) {
    writeFileSync(file, text);
    const { seeds, options } = await readSpec(file);
    assert.equal(seeds, [0, 1, 2]);
    assert.equal(Object.fromEntries(options).recipe, ["paper", "strong"]);
  }
});

test("JSON is JSON", () => {
  const json = PAGES.flatMap(blocksOf).filter(({ language }) => language === "json");
  assert.ok(json.length > 0);
  for (const { code } of json) JSON.parse(code);
});

test("words of a line, as a shell reads them", () => {
  assert.equal(commandsOf(`a "b c" d#e # comment\nx | y 'z' && w\n# only\ncat <<'END'\nnot this\nEND\n`), [
    ["a", "b c", "d#e"],
    ["x"],
    ["y", "z"],
    ["w"],
  ]);
  assert.equal(pulmoArguments(["xargs", "-P", "4", "node", "dist/cli.js", "run"]), ["run"]);
  assert.equal(pulmoArguments(["npx", "pulmo", "run"]), ["run"]);
  assert.is(pulmoArguments(["cat", "pulmo"]), undefined);
});

test.run();
