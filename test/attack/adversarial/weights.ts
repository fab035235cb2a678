// Files of weights: headers that are deep or have many entries.
import type { AdversarialCase } from "../adversarial.js";
import { safetensors } from "./bytes.js";

const many = (count: number, one: (index: number) => string, between = ","): string =>
  Array.from({ length: count }, (_, i) => one(i)).join(between);

const HEADERS: [string, () => Uint8Array][] = [
  ["50 MB of [", () => safetensors("[".repeat(50e6))],
  ['50 MB of {"a":', () => safetensors('{"a":'.repeat(10e6))],
  ["20 MB of brackets in one tensor's entry", () => safetensors(`{"a":${"[".repeat(10e6)}${"]".repeat(10e6)}}`)],
  [
    "a million empty tensors",
    () => safetensors(`{${many(1e6, (i) => `"${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`)}}`),
  ],
  [
    "a million tensors of a byte",
    () => safetensors(`{${many(1e6, (i) => `"${i}":{"dtype":"U8","shape":[1],"data_offsets":[${i},${i + 1}]}`)}}`, 1e6),
  ],
  ["25 million empty lists", () => safetensors(`{"a":[${"[],".repeat(25e6)}[]]}`)],
  ["two million metadata", () => safetensors(`{"__metadata__":{${many(2e6, (i) => `"${i}":""`)}}}`)],
  ["a name of 90 MB", () => safetensors(`{"${"a".repeat(90e6)}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`)],
  ["one name ten million times", () => safetensors(`{${'"a":0,'.repeat(10e6)}"a":0}`)],
  ["90 MB of escapes", () => safetensors(`{"${"\\u0061".repeat(15e6)}":0}`)],
  ["90 MB of blanks", () => safetensors(`{${" ".repeat(90e6)}}`)],
];

export const weights: AdversarialCase[] = [".safetensors", "model.safetensors"].flatMap((area) =>
  HEADERS.map(([name, bytes]) => ({ area, name, bytes })),
);
