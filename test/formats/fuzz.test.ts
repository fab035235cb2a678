// Files truncated at every byte, with changed bytes and with repeated bytes: a reader returns tensors or throws a one-sentence
// error.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { createRng } from "#pulmo/core/rng.js";
import { parseSafetensors } from "#pulmo/core/safetensors.js";
import { FormatError, float32Tensor, type StoredTensor } from "#pulmo/core/tensors.js";
import { parseNpz } from "#pulmo/formats/npz.js";
import { parseOnnx, writeOnnx } from "#pulmo/formats/onnx.js";
import { readSafetensors, writeSafetensors } from "#pulmo/formats/safetensors-file.js";
import { parseTorch } from "#pulmo/formats/torch.js";
import { fixtureBytes, temporaryFolder } from "../data/places.js";
import { MOST_MILLISECONDS, timed } from "../quick.js";

const test = suite("damaged files");

type Reader = (bytes: Uint8Array) => Map<string, StoredTensor> | Promise<Map<string, StoredTensor>>;

const folder = temporaryFolder();
const tensors = new Map([
  ["1.weight", float32Tensor([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))],
  ["1.bias", float32Tensor([2], Float32Array.of(7, 8))],
]);
const GRAPH = {
  nodes: [
    { op: "Flatten", inputs: ["pixels"], output: "flat", attributes: { axis: 1 } },
    { op: "Gemm", inputs: ["flat", "1.weight", "1.bias"], output: "logits", attributes: { transB: 1 } },
  ],
  constants: [],
  imageSize: 1,
};
const written = (name: string) => join(folder, name);
await writeOnnx(written("a.onnx"), GRAPH, tensors, { note: "hello" });
await writeSafetensors(written("a.safetensors"), { tensors, metadata: { note: "hello" } });
const fromFile: Reader = async (bytes) => {
  writeFileSync(written("b.safetensors"), bytes);
  return (await readSafetensors(written("b.safetensors"))).tensors;
};

/** Their data are put together when they are used. */
const fromTorch: Reader = (bytes) => {
  const sets = parseTorch(bytes);
  const most = sets.reduce((a, b) => (b.tensors.size > a.tensors.size ? b : a)).tensors;
  for (const { data } of most.values()) assert.ok(data.length <= 4 * bytes.length);
  return most;
};

const FILES: [string, Uint8Array, Reader][] = [
  ...["zip", "stream", "nested", "tar", "module", "objects-pickle", "odd-3"].map((name): [string, Uint8Array, Reader] => [
    name,
    fixtureBytes(`torch-${name}.pth`),
    fromTorch,
  ]),
  ...["grey", "rgb"].map((name): [string, Uint8Array, Reader] => [
    `npz, ${name}`,
    fixtureBytes(`npz-${name}.npz`),
    (bytes) => parseNpz(bytes, ["train_images", "train_labels", "test_images"]),
  ]),
  ["onnx", readFileSync(written("a.onnx")), async (bytes) => parseOnnx(bytes).tensors],
  ["safetensors", readFileSync(written("a.safetensors")), fromFile],
  ["safetensors in memory", readFileSync(written("a.safetensors")), (bytes) => parseSafetensors(bytes).tensors],
];

/** Messages of libraries: fflate numbers its errors, pbf has two names, and reading past the end is a RangeError of DataView. */
const isKnown = (error: unknown): boolean =>
  error instanceof FormatError ||
  error instanceof InputError ||
  typeof (error as { code?: unknown }).code === "number" ||
  /^(Expected varint|Unimplemented type|Offset is outside)/.test((error as Error).message);

/** The result of the reader; undefined if it rejected the bytes. Any other error fails the test. */
async function read(bytes: Uint8Array, reader: Reader, what: string): Promise<Map<string, StoredTensor> | undefined> {
  const { outcome, milliseconds } = await timed(() => reader(bytes));
  assert.ok(milliseconds <= MOST_MILLISECONDS, `${what} took ${milliseconds} ms`);
  if (!(outcome instanceof Error)) return outcome;
  assert.ok(isKnown(outcome), `${what}: ${outcome.stack}`);
  return undefined;
}

for (const [name, bytes, reader] of FILES) {
  test(`${name}, truncated at every byte`, async () => {
    const whole = await reader(bytes);
    // After the last file of a tar there is only padding. An ONNX file's tensors precede its metadata.
    const needed = { tar: bytes.lastIndexOf(46), onnx: bytes.length / 2 }[name] ?? bytes.length;
    for (let length = 0; length < bytes.length; length++) {
      const found = await read(bytes.slice(0, length), reader, `${name} cut to ${length}`);
      if (length < needed) assert.ok(!found || found.size < whole.size, `${name} cut to ${length} was read`);
    }
  });

  test(`${name}, with random bytes changed`, async () => {
    const rng = createRng(1);
    const limit = Math.min(bytes.length, 3000);
    let refusals = 0;
    for (let round = 0; round < 3000; round++) {
      const damaged = bytes.slice();
      const changes = 1 + rng.below(4);
      for (let i = 0; i < changes; i++) damaged[rng.below(limit)] = rng.below(4) === 0 ? 0xff : rng.below(256);
      if (!(await read(damaged, reader, `${name}, round ${round}`))) refusals++;
    }
    assert.ok(refusals > 300, `${name}: only ${refusals} of 3000 were refused`);
  });

  test(`${name}, with pieces moved`, async () => {
    const rng = createRng(2);
    for (let round = 0; round < 1000; round++) {
      const damaged = bytes.slice();
      const length = 1 + rng.below(64);
      damaged.copyWithin(rng.below(bytes.length), rng.below(bytes.length), rng.below(bytes.length) + length);
      await read(damaged, reader, `${name}, round ${round}`);
    }
  });
}

test.run();
