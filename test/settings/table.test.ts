// A setting is one row: added to a copy of the table, it is in help, in run.json's schema, in the check of --resume and in sweeps.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as v from "valibot";
import yargs from "yargs";
import { argumentsOf, optionsOf } from "#pulmo/commands/rows.js";
import { numberUpTo } from "#pulmo/settings/kinds.js";
import { type RecipeName, recipeOf } from "#pulmo/settings/recipes.js";
import { checkSettings, refuseChanges, resolveSettings, type TrainSettings, wordsOf } from "#pulmo/settings/resolve.js";
import { settingsSchema, settingsSchemaOf } from "#pulmo/settings/settings.js";
import { flagOf, SETTINGS, type Table } from "#pulmo/settings/table.js";
import { readSpec } from "#pulmo/sweep/spec.js";
import { temporaryFolder } from "../data/places.js";

const test = suite("settings: the table");

const host = { fetchedData: "/fetched", absolute: (path: string) => `/here/${path}` };
const momentum = numberUpTo(1);
const WITH_MOMENTUM = {
  ...SETTINGS,
  firstMoment: {
    kind: momentum,
    help: "Decay of Adam's first moment",
    default: 0.9,
    resume: false,
    sweep: true as const,
    stored: v.optional(momentum.schema),
  },
};

test("one row: help, parser, schema, resume, sweep and written command", async () => {
  const table = WITH_MOMENTUM;
  const parser = yargs([]).options(optionsOf(table)).exitProcess(false);
  assert.match(await parser.getHelp(), /--first-moment +Decay of Adam's first moment\s+\[number\] \[default: 0\.9\]/);
  const given = argumentsOf(await parser.parseAsync(["--first-moment", "0.5"]), table);
  assert.is(given.firstMoment, 0.5);
  assert.throws(() => checkSettings({ firstMoment: 2 } as TrainSettings, table), /^--first-moment is 2: give a number above 0/);

  const settings = resolveSettings(given, host, table);
  assert.is((settings as { firstMoment?: number }).firstMoment, 0.5);
  const schema = settingsSchemaOf(table);
  assert.is(v.parse(schema, settings).firstMoment, 0.5);
  assert.not.ok(v.is(schema, { ...settings, firstMoment: 2 }));
  assert.match(wordsOf(settings, table).join(" "), / --first-moment 0\.5( |$)/);
  assert.throws(() => refuseChanges("runs/x", given, table), /leave out --first-moment\.$/);

  const path = join(temporaryFolder(), "spec.yaml");
  writeFileSync(path, "first-moment: [0.8, 0.9]\n");
  assert.equal((await readSpec(path, table)).options, [["first-moment", [0.8, 0.9]]]);
  await readSpec(path).then(
    () => assert.unreachable(),
    (error) => assert.match(error.message, /"first-moment" is no setting of a sweep/),
  );
});

test("what is not given is the recipe's", () => {
  for (const name of ["paper", "strong", "scratch", "sample"] satisfies RecipeName[]) {
    const { models, epochs, batchSize, lr, valSplit } = recipeOf(name);
    const settings = resolveSettings({ recipe: name }, host);
    assert.equal([settings.models, settings.epochs, settings.batchSize, settings.lr], [models, epochs, batchSize, lr]);
    assert.is(settings.valSplit, valSplit);
  }
  assert.is(resolveSettings({}, host).recipe, "paper");
  assert.is(resolveSettings({}, { ...host, fetchedData: undefined }).recipe, "sample");
  assert.equal([resolveSettings({}, host).data, resolveSettings({ data: "x" }, host).data], ["/fetched", "/here/x"]);
  assert.is(resolveSettings({ data: "synthetic" }, host).data, "synthetic");
  const { seed, seeds } = resolveSettings({ seeds: [3, 0] }, host);
  assert.equal([seed, seeds], [3, [3, 0]]);
});

test("another number of epochs keeps the share of those with small images", () => {
  const resolved = (given: TrainSettings) => resolveSettings({ recipe: "scratch", ...given }, host).smallEpochs;
  assert.equal([resolved({}), resolved({ epochs: 6 }), resolved({ epochs: 1 })], [15, 5, 0]);
  assert.equal([resolved({ smallEpochs: 0 }), resolved({ epochs: 6, smallEpochs: 6 })], [0, 6]);
  assert.is(resolved({ recipe: "paper" }), undefined);
});

test("settings that exclude each other are refused", () => {
  assert.throws(() => resolveSettings({ seed: 0, seeds: [1] }, host), /--seed and --seeds exclude each other/);
  const fold = { index: 0, of: 2 };
  assert.throws(() => resolveSettings({ fold, valSplit: 0.1 }, host), /--val-split and --fold exclude each other/);
  assert.is(resolveSettings({ fold }, host).valSplit, 0.5);
});

test("a program gets the command line's messages", () => {
  assert.throws(() => checkSettings({ epochs: 0 }), /^--epochs is 0: give a whole number from 1 to 10000\.$/);
  assert.throws(() => checkSettings({ batchSize: "8" as never }), /^--batch-size is "8": give a whole number from 1 to 4096\.$/);
  assert.throws(() => checkSettings({ models: ["vgg"] }), /^--models names "vgg": use logistic, dnn, resnet18\.$/);
  assert.throws(() => checkSettings({ epoch: 1 } as TrainSettings), /^Unknown setting "epoch"; available: data, /);
  assert.throws(() => checkSettings({ constructor: 1 } as never), /Unknown setting "constructor"/);
  const given = { data: "x", classes: ["a", "b"], seeds: [1, 1, 2], fold: { index: 1, of: 5 }, threads: undefined } as const;
  assert.equal(checkSettings(given as unknown as TrainSettings), { ...given, seeds: [1, 2] });
});

test("the command gives the same settings again, --strict too", async () => {
  const given: TrainSettings = {
    ...{ data: "x", classes: ["clear", "tuberculosis"], limit: 7, strict: true, recipe: "strong", models: ["dnn", "resnet18"] },
    ...{ epochs: 3, batchSize: 4, lr: 0.5, seeds: [3, 0], fold: { index: 1, of: 5 }, track: "test", targetRecall: 0.9 },
    ...{ pictures: false, stress: false },
  };
  const settings = resolveSettings(given, { ...host, absolute: (path) => path });
  const words = wordsOf({ ...settings, threads: 2 });
  for (const key of ["strict", "seeds", "fold", "track", "threads"]) assert.ok(words.includes(`--${flagOf(key)}`), key);
  const argv = await yargs(words).options(optionsOf(SETTINGS)).parseAsync();
  const again = resolveSettings(argumentsOf(argv, SETTINGS), { ...host, absolute: (path) => path });
  assert.equal(again, settings);
  assert.equal(v.parse(settingsSchema, JSON.parse(JSON.stringify(settings))), JSON.parse(JSON.stringify(settings)));
});

/** More epochs train further; the others do not touch the weights. */
const CHANGED_BY_RESUMING = ["epochs", "targetRecall", "pictures", "stress"];

test("every row says what the table's readers need", () => {
  for (const [key, row] of Object.entries(SETTINGS as Table)) {
    assert.match(row.help, /^[A-Za-z]/, key);
    assert.not.match(row.help, /\.$/, key);
    assert.ok(!row.sweep || row.stored, `${key} is varied by sweeps and not kept`);
    if (row.stored) assert.is(row.resume, CHANGED_BY_RESUMING.includes(key), `${key} is kept in run.json`);
    // Given values replace the kept ones as they are.
    assert.ok(!row.resume || !row.keep, key);
    for (const other of row.excludes ?? []) assert.ok(other in SETTINGS, other);
  }
});

test.run();
