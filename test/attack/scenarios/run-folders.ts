// In the folder of a finished run, a file is replaced by that of another run: of another model for the same images.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { SILENT } from "#pulmo/run/caller.js";
import { runAll } from "#pulmo/run/run.js";
import { resolveSettings } from "#pulmo/settings/resolve.js";
import { dataset, type Outcome } from "../../commands/cli.js";
import { call } from "../../commands/in-process.js";
import { temporaryFolder } from "../../data/places.js";
import type { Scenario } from "../scenarios.js";

const SEEDS = [0, 7];
const MODEL = "logistic/model.safetensors";

/** Two runs of the same images with different learning rates. */
let made: Promise<string[]> | undefined;
const bothRuns = (): Promise<string[]> => (made ??= trainBoth());

async function trainBoth(): Promise<string[]> {
  const data = await dataset();
  const outs: string[] = [];
  for (const lr of [0.001, 0.1]) {
    const out = join(temporaryFolder(), "run");
    const given = { data, models: ["logistic"], epochs: 1, seeds: SEEDS, lr };
    const settings = resolveSettings(given, { fetchedData: undefined, absolute: (path) => path });
    await runAll({ command: "run", out, begin: { settings }, threads: 1 }, undefined, SILENT);
    outs.push(out);
  }
  return outs;
}

const bytes = (...path: string[]): string => readFileSync(join(...path), "latin1");

/** A copy of the first run, in which `names` are those of the second. */
async function mixed(...names: string[]): Promise<{ out: string; own: string; other: string }> {
  const [own, other] = await bothRuns();
  const out = join(temporaryFolder(), "out");
  cpSync(own, out, { recursive: true });
  for (const name of names) {
    assert.is.not(bytes(own, name), bytes(other, name), `${name} is equal in both runs`);
    rmSync(join(out, name));
    cpSync(join(other, name), join(out, name));
  }
  return { out, own, other };
}

const resume = (out: string): Promise<Outcome> => call(["run", "--resume", out, "--quiet", "--threads", "1"]);

/** Resuming makes the file again, with a word of it; everything else stays. */
async function madeAgain(name: string, why: RegExp): Promise<void> {
  const { out, own } = await mixed(name);
  const { code, stderr } = await resume(out);
  assert.is(code, 0, stderr);
  assert.match(stderr, why);
  for (const file of [name, "metrics.json", "report.html", MODEL]) assert.is(bytes(out, file), bytes(own, file), file);
  assert.not.match((await resume(out)).stderr, why);
}

/** The report is made without the file, and says so. */
async function leftOut(name: string): Promise<void> {
  const { out, own } = await mixed(name);
  const { code, stderr } = await call(["report", out]);
  assert.is(code, 0, stderr);
  assert.match(stderr, new RegExp(`Warning: \\S+${name} does not belong to the results in metrics\\.json`));
  assert.is(stderr.split("\n").length, 2, stderr);
  if (name !== "logistic/pictures.json") assert.is(bytes(out, "report.html"), bytes(own, "report.html"));
  const { stderr: silent } = await call(["report", own]);
  assert.is(silent, "");
}

const refusedAll = async (commands: string[][]): Promise<void> => {
  for (const command of commands) {
    const { code, stderr } = await call(command);
    assert.is(code, 2, `${command.join(" ")}: ${stderr}`);
    assert.match(
      stderr,
      /model\.safetensors is not the model that this run saved: its SHA-256 differs from the one in \S+run\.json/,
    );
  }
};

/** A run that was stopped in its second epoch, and saved. */
async function stopped(data: string, seed: number): Promise<string> {
  const out = join(temporaryFolder(), "run");
  const given = { data, models: ["logistic"], epochs: 3, seed, pictures: false, stress: false };
  const settings = resolveSettings(given, { fetchedData: undefined, absolute: (path) => path });
  const controller = new AbortController();
  const info = (line: string) => (/epoch 1\//.test(line) ? controller.abort(new Error("stopped")) : undefined);
  const caller = { ...SILENT, info, signal: controller.signal };
  const error = await runAll({ command: "run", out, begin: { settings }, threads: 1 }, undefined, caller).catch(
    (reason) => reason,
  );
  assert.is(error.message, "stopped");
  return out;
}

export const scenarios: Scenario[] = [
  {
    name: "a checkpoint of another run that differs in its seed alone is refused by --resume",
    async run() {
      const data = await dataset();
      const [one, other] = [await stopped(data, 1), await stopped(data, 2)];
      const checkpoint = "logistic/checkpoint.safetensors";
      const own = readFileSync(join(one, checkpoint));
      cpSync(join(other, checkpoint), join(one, checkpoint));
      const { code, stderr } = await resume(one);
      assert.is(code, 2, stderr);
      assert.match(stderr, /checkpoint\.safetensors is not a checkpoint of this run: delete it to start the training again/);
      writeFileSync(join(one, checkpoint), own);
      for (const out of [one, other]) assert.is((await resume(out)).code, 0);
    },
  },
  {
    name: "pictures.json of another model: made again by --resume, left out by report",
    async run() {
      await madeAgain(
        "logistic/pictures.json",
        /logistic.pictures\.json is of another model or other predictions: it is made again/,
      );
      await leftOut("logistic/pictures.json");
      const { out } = await mixed("logistic/pictures.json");
      await call(["report", out]);
      assert.not.match(bytes(out, "report.html"), /data:image\/jpeg/);
    },
  },
  {
    name: "stress.json of another model: made again by --resume, noted by report",
    async run() {
      await madeAgain("logistic/stress.json", /logistic.stress\.json is of another model or other predictions: it is made again/);
      await leftOut("logistic/stress.json");
    },
  },
  {
    name: "predictions of another model, also of a further seed: made again by --resume, noted by report",
    async run() {
      for (const name of [
        "logistic/predictions-val.csv",
        "logistic/predictions-test.csv",
        "logistic/seed-7/predictions-test.csv",
      ]) {
        await madeAgain(name, /predictions-\w+\.csv is not the file that this run wrote: its images are scored again/);
        await leftOut(name);
      }
    },
  },
  {
    name: "metrics.json of another run: report says what does not belong to it",
    async run() {
      const { out } = await mixed("metrics.json");
      const { code, stderr } = await call(["report", out]);
      assert.is(code, 0, stderr);
      for (const name of [MODEL, "logistic/predictions-test.csv", "logistic/seed-7/model.safetensors", "logistic/pictures.json"])
        assert.match(stderr, new RegExp(`Warning: \\S+${name} does not belong`));
    },
  },
  {
    name: "model.safetensors of another run, also of a further seed: refused by what reads a run's folder, noted by report",
    async run() {
      for (const name of [MODEL, "logistic/seed-7/model.safetensors"]) {
        const { out, other } = await mixed(name);
        const before = bytes(out, "run.json");
        const checkpoint = join(out, name);
        const [csv, onnx] = [join(out, "new.csv"), join(out, "new.onnx")];
        const image = join(out, "logistic/pictures/1.jpeg");
        const link = join(temporaryFolder(), "link");
        symlinkSync(join(checkpoint, ".."), link);
        await refusedAll([
          ["run", "--resume", out, "--quiet"],
          ["export", "--checkpoint", join(checkpoint, ".."), "--format", "onnx", "--out", onnx],
          ["export", "--checkpoint", checkpoint, "--format", "pulmo", "--out", join(out, "new.pulmo")],
          ["predict", "--checkpoint", link, image, "--csv", csv],
          ["evaluate", "--checkpoint", checkpoint, "--data", await dataset()],
          ["weights", "convert", checkpoint, join(out, "new.pth")],
        ]);
        for (const path of [csv, onnx]) assert.not.ok(existsSync(path));
        assert.is(bytes(out, "run.json"), before);
        const { stderr } = await call(["report", out]);
        assert.match(stderr, new RegExp(`Warning: \\S+${name} does not belong`));
        // Outside a run's folder, it is a model like any other; so it is in its own run.
        const copy = join(temporaryFolder(), "logistic");
        mkdirSync(copy);
        cpSync(checkpoint, join(copy, "model.safetensors"));
        for (const usable of [copy, join(other, name)]) {
          const exported = join(temporaryFolder(), "model.onnx");
          const { code, stderr: why } = await call(["export", "--checkpoint", usable, "--format", "onnx", "--out", exported]);
          assert.is(code, 0, why);
        }
      }
    },
  },
];
