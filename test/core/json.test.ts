import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MOST_VALUES, parseJson } from "#pulmo/core/json.js";
import { parseHeader } from "#pulmo/core/safetensors.js";

const test = suite("JSON from outside");

test("gives what JSON.parse gives, with brackets, commas and colons in strings too", () => {
  const texts = [
    '{"a":[1,{"b:,{[":"}]\\\\"}],"c\\"":"\\"{"}',
    '"[["',
    "[]",
    "3",
    '{"__proto__":{"a":1},"b":null}',
    " [ 1 , [ ] ] ",
  ];
  for (const text of texts) assert.equal(parseJson(text), JSON.parse(text));
});

test("the bounds of depth and number hold before parsing", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  assert.ok(parseJson(nested(64)));
  assert.throws(() => parseJson(nested(65)), /more than 64 levels deep/);
  assert.throws(() => parseJson("[".repeat(5e7)), /more than 64 levels deep/);
  assert.throws(() => parseJson(`[${"0,".repeat(MOST_VALUES)}0]`), /more than 4000000 values/);
  assert.throws(() => parseJson("[0,0,0]", 3), /more than 3 values/);
  assert.equal(parseJson("[0,0]", 3), [0, 0]);
});

test("one name twice in an object is refused; the same name in two objects is not", () => {
  assert.equal(parseJson('{"a":{"a":1},"b":[{"a":2},{"a":3}]}'), { a: { a: 1 }, b: [{ a: 2 }, { a: 3 }] });
  assert.throws(() => parseJson('{"b":[{"a":1,"a":1}]}'), /the same name twice/);
  assert.throws(() => parseJson('{"a":1,"\\u0061":2}'), /the same name twice/);
});

test("what is not JSON is refused", () => {
  for (const text of ["", "{", '{"a"}', '"', "[1,]", "]", "{a:1}"]) assert.throws(() => parseJson(text), /it is not JSON/);
});

// Duplicate names: "Duplicate keys are disallowed" (safetensors' README). serde_json refuses depths above 127.
test("a safetensors header has bounds", () => {
  const header = (json: string) => () => parseHeader(new TextEncoder().encode(json), 0);
  const entry = '{"dtype":"F32","shape":[0],"data_offsets":[0,0]}';
  assert.is(header(`{"a":${entry}}`)().entries.length, 1);
  assert.throws(header(`{"a":${entry},"a":${entry}}`), /its header is not usable: it has the same name twice/);
  assert.throws(header(`{"a":${"[".repeat(1e6)}`), /64 levels deep/);
  const many = (count: number) => `{${Array.from({ length: count }, (_, i) => `"${i}":${entry}`).join()}}`;
  assert.is(header(many(1e5))().entries.length, 1e5);
  assert.throws(header(many(1e5 + 1)), /more than 100000 tensors/);
  assert.throws(header(many(1e6)), /more than 2000000 values/);
});

test.run();
