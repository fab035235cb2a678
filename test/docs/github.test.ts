// Actions cannot run here: GitHub's own parser checks the workflows, and a schema checks the issue forms.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { build } from "esbuild";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as v from "valibot";
import { parse } from "yaml";
import { temporaryFolder } from "../data/places.js";

const test = suite("docs: .github");

const WORKFLOWS = ".github/workflows";
const FORMS = ".github/ISSUE_TEMPLATE";
const read = (folder: string, name: string) => readFileSync(join(folder, name), "utf8");

type Parser = typeof import("@actions/workflow-parser");

/** GitHub publishes its parser for bundlers: it imports JSON without an attribute, which Node refuses. */
async function workflowParser(): Promise<Parser> {
  const outfile = join(temporaryFolder(), "parser.cjs");
  await build({
    entryPoints: ["node_modules/@actions/workflow-parser/dist/index.js"],
    bundle: true,
    format: "cjs",
    platform: "node",
    logLevel: "silent",
    outfile,
  });
  return createRequire(import.meta.url)(outfile);
}

async function workflowErrors({ parseWorkflow, convertWorkflowTemplate, NoOperationTraceWriter }: Parser, content: string) {
  const { context, value } = parseWorkflow({ name: "workflow.yml", content }, new NoOperationTraceWriter());
  const template = value && (await convertWorkflowTemplate(context, value));
  return [...context.errors.getErrors().map(({ message }) => message), ...(template?.errors ?? []).map(({ Message }) => Message)];
}

test("the workflows follow GitHub's schema, and the check sees a mistake", async () => {
  const parser = await workflowParser();
  for (const name of readdirSync(WORKFLOWS)) assert.equal(await workflowErrors(parser, read(WORKFLOWS, name)), [], name);
  const good = read(WORKFLOWS, "test.yml");
  for (const [right, wrong] of [
    ["runs-on:", "run-on:"],
    ["matrix.node }}", "matrix.node | }}"],
    ["contents: read", "contents: reed"],
    ["on:", "when:"],
  ]) {
    assert.ok(good.includes(right), right);
    assert.is.not((await workflowErrors(parser, good.replace(right, wrong))).length, 0, wrong);
  }
});

test("the tests run on three systems under every supported Node", () => {
  const { jobs } = parse(read(WORKFLOWS, "test.yml"));
  const { os, node } = jobs.test.strategy.matrix;
  assert.equal(os, ["ubuntu-latest", "macos-latest", "windows-latest"]);
  assert.equal(node, [20, 22, 24, 26]);
  assert.equal(jobs.test.steps.map(({ run }: { run?: string }) => run).filter(Boolean), ["npm ci", "npm test"]);
});

test("a release is tested first, signed, and may do nothing else", () => {
  const { jobs, permissions } = parse(read(WORKFLOWS, "release.yml"));
  const { needs, steps, ...publish } = jobs.publish;
  assert.equal(permissions, { contents: "read" });
  assert.equal(publish.permissions, { contents: "read", "id-token": "write" });
  assert.is(jobs[needs].uses, "./.github/workflows/test.yml");
  assert.ok("workflow_call" in parse(read(WORKFLOWS, "test.yml")).on);
  assert.ok(steps.some(({ run }: { run?: string }) => run === "npm publish --provenance --access public"));
});

test("actions are pinned at least to a major version", () => {
  for (const name of readdirSync(WORKFLOWS))
    for (const [, action] of read(WORKFLOWS, name).matchAll(/uses: (.+)/g))
      assert.match(action, /^(\.\/|[\w-]+\/[\w-]+@(v\d+|[0-9a-f]{40})$)/);
});

const text = v.pipe(v.string(), v.nonEmpty());
const validations = v.optional(v.strictObject({ required: v.boolean() }));
const id = v.pipe(v.string(), v.regex(/^[\w-]+$/));
const label = { label: text, description: v.optional(text), placeholder: v.optional(text), value: v.optional(text) };
const option = v.strictObject({ label: text, required: v.optional(v.boolean()) });
/** What GitHub's documentation of issue forms allows: no package ships its schema. */
const FORM = v.strictObject({
  name: text,
  description: text,
  title: v.optional(text),
  labels: v.optional(v.array(text)),
  assignees: v.optional(v.array(text)),
  body: v.pipe(
    v.array(
      v.variant("type", [
        v.strictObject({ type: v.literal("markdown"), attributes: v.strictObject({ value: text }) }),
        v.strictObject({ type: v.literal("input"), id, attributes: v.strictObject(label), validations }),
        v.strictObject({
          type: v.literal("textarea"),
          id,
          attributes: v.strictObject({ ...label, render: v.optional(text) }),
          validations,
        }),
        v.strictObject({
          type: v.literal("checkboxes"),
          id,
          attributes: v.strictObject({ label: text, description: v.optional(text), options: v.array(option) }),
        }),
      ]),
    ),
    v.check((body) => body.some(({ type }) => type !== "markdown"), "a form needs a field"),
    v.check((body) => {
      const ids = body.flatMap((field) => ("id" in field ? [field.id] : []));
      return new Set(ids).size === ids.length;
    }, "an id stands twice"),
  ),
});
const CONFIG = v.strictObject({
  blank_issues_enabled: v.boolean(),
  contact_links: v.array(v.strictObject({ name: text, url: v.pipe(text, v.url()), about: text })),
});

test("the issue forms have the keys that GitHub asks for", () => {
  const names = readdirSync(FORMS).filter((name) => name !== "config.yml");
  assert.equal(names.sort(), ["bug.yml", "feature.yml"]);
  for (const name of names) v.parse(FORM, parse(read(FORMS, name)));
  v.parse(CONFIG, parse(read(FORMS, "config.yml")));
  assert.throws(() => v.parse(FORM, parse(read(FORMS, "bug.yml").replace("label:", "lable:"))));
});

test("package.json and the forms name one repository", () => {
  const { repository, bugs, homepage } = JSON.parse(readFileSync("package.json", "utf8"));
  const base = repository.url.replace(/^git\+/, "").replace(/\.git$/, "");
  assert.is(bugs, `${base}/issues`);
  assert.is(homepage, `${base}#readme`);
  for (const file of ["SECURITY.md", join(FORMS, "config.yml")])
    for (const [url] of readFileSync(file, "utf8").matchAll(/https:\/\/github\.com\/[\w-]+\/[\w-]+/g)) assert.is(url, base);
});

test.run();
