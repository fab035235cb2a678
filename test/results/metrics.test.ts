// metrics.json is read back only where everything in it is what the contract says.
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkJson } from "#pulmo/node/check-json.js";
import { runResultsSchema } from "#pulmo/results/metrics.js";
import { hostileRun, sampleRun } from "../report/sample.js";

const test = suite("metrics.json");

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Lists are cut to three entries. */
const short = JSON.stringify(sampleRun().results, (_, value) => (Array.isArray(value) ? value.slice(0, 3) : value));
const sample = (): Json => JSON.parse(short);
const faultOf = (value: Json): string | undefined => {
  const parsed = checkJson(runResultsSchema, JSON.stringify(value));
  return "fault" in parsed ? parsed.fault : undefined;
};

test("what pulmo writes is read back as it was", () => {
  for (const { results } of [sampleRun(), hostileRun()]) {
    const written = JSON.stringify(results);
    assert.equal(checkJson(runResultsSchema, written), { value: JSON.parse(written) });
  }
});

test("the committed results of the study are read", () => {
  const parsed = checkJson(runResultsSchema, readFileSync("docs/results/metrics.json", "utf8"));
  assert.ok("value" in parsed, "fault" in parsed ? parsed.fault : "");
});

/** Every way down to a leaf; of a list only its first and last entries. */
function* leaves(value: Json, path: (string | number)[] = []): Generator<(string | number)[]> {
  if (typeof value !== "object" || value === null) yield path;
  else if (Array.isArray(value)) {
    for (const i of new Set([0, value.length - 1])) if (i >= 0 && i < value.length) yield* leaves(value[i], [...path, i]);
  } else for (const [key, inner] of Object.entries(value)) yield* leaves(inner, [...path, key]);
}

function replaced(path: (string | number)[], by: Json | undefined): Json {
  const root = sample();
  let place = root as Record<string | number, Json>;
  for (const key of path.slice(0, -1)) place = place[key] as Record<string | number, Json>;
  if (by === undefined) delete place[path.at(-1)!];
  else place[path.at(-1)!] = by;
  return root;
}

test("a wrong value in any place is refused, and the place is named", () => {
  const paths = [...leaves(sample())];
  assert.ok(paths.length > 200, `${paths.length} places`);
  for (const path of paths) {
    for (const wrong of [{}, [], "\u0000x".repeat(9000)] as Json[]) {
      const fault = faultOf(replaced(path, wrong));
      assert.ok(fault?.startsWith(JSON.stringify(path.join(".")).slice(0, -1)), `${path.join(".")}: ${fault}`);
    }
  }
});

test("what is missing is refused", () => {
  for (const part of ["schema", "dataset", "environment", "settings", "models"])
    assert.ok(faultOf(replaced([part], undefined)), part);
  assert.ok(faultOf(replaced(["models", "dnn", "test"], undefined)));
  assert.ok(faultOf(replaced(["schema"], 2)));
});

test("negative counts, shares above 1 and times that are none are refused", () => {
  for (const [path, wrong] of [
    ["dataset.counts.test.NORMAL", -1],
    ["dataset.counts.test.NORMAL", 1.5],
    ["models.dnn.test.accuracy", 1.01],
    ["settings.finishedAt", "yesterday"],
  ] as const)
    assert.ok(faultOf(replaced(path.split("."), wrong)), path);
});

test("what is not JSON, or not an object, is refused", () => {
  for (const text of ["", "{", "[]", "null", "1", '"x"', `${"[".repeat(20_000)}`])
    assert.ok("fault" in checkJson(runResultsSchema, text), text.slice(0, 20));
});

test.run();
