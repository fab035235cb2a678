// A .pulmo file as a checkpoint, and what stands in its place by mistake.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { describe } from "#pulmo/core/describe.js";
import { InputError } from "#pulmo/core/errors.js";
import { inferenceProgram } from "#pulmo/core/model-file.js";
import { logistic } from "#pulmo/core/models/logistic.js";
import { size } from "#pulmo/core/parameters.js";
import { float32Tensor } from "#pulmo/core/tensors.js";
import { writeSafetensors } from "#pulmo/formats/safetensors-file.js";
import { plainShapes } from "#pulmo/node/variant.js";
import { SILENT } from "#pulmo/run/caller.js";
import { exportModelFile } from "#pulmo/run/exports/export-model-file.js";
import { readModel } from "#pulmo/run/exports/view.js";
import { readPulmoBytes, readPulmoCheckpoint } from "#pulmo/run/pulmo-file.js";
import { allNotes, openCheckpoint, readCheckpoint } from "#pulmo/run/scoring/open-checkpoint.js";
import { temporaryFolder } from "../data/places.js";

const test = suite(".pulmo as a checkpoint");

const folder = temporaryFolder();
const [source, pulmo] = [join(folder, "model.safetensors"), join(folder, "model.pulmo")];
const { parameters } = describe(logistic, plainShapes(), 224).tensors;
const tensors = new Map(
  parameters.map(({ name, shape }) => [
    name,
    float32Tensor(
      shape,
      Float32Array.from({ length: size(shape) }, (_, i) => Math.sin(i)),
    ),
  ]),
);
const normalization = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
const metadata = {
  mean: normalization.mean.join(),
  std: normalization.std.join(),
  size: "224",
  threshold: "0.4",
  classes: "A,B",
};
await writeSafetensors(source, { tensors, metadata });
await exportModelFile({ checkpoint: source }, pulmo, "f32", SILENT);

const refused = async (work: Promise<unknown>, why: RegExp) => {
  const error = await work.catch((caught: unknown) => caught);
  assert.instance(error, InputError);
  assert.match((error as Error).message, why);
};

test("has the tensors and the facts of what it was exported from", async () => {
  const [before, after] = [await readCheckpoint({ checkpoint: source }), await readCheckpoint({ checkpoint: pulmo })];
  assert.equal(after.facts, before.facts);
  assert.is(after.facts.threshold, 0.4);
  assert.equal(after.facts.normalization, normalization);
  assert.equal(allNotes(after.notes), []);
  for (const [name, { shape, data }] of tensors) {
    const found = after.file.tensors.get(name)!;
    assert.equal(found.shape, shape);
    assert.is(Buffer.compare(found.data, data), 0, name);
  }
});

test("weights that are not finite are told when they are placed, as f32 and as int8", async () => {
  const other = join(folder, "infinite.pulmo");
  for (const dtype of ["f32", "i8"] as const) {
    await exportModelFile({ checkpoint: source }, other, dtype, SILENT);
    const { program } = inferenceProgram(logistic, plainShapes(), 224, undefined);
    assert.ok((await readPulmoCheckpoint(other)).place(program), dtype);
    const bytes = readFileSync(other);
    // The first weight as f32, and of int8 the scale behind the header of the first piece.
    bytes.writeFloatLE(dtype === "f32" ? Number.NaN : 3e38, bytes.readUInt32LE(44) + (dtype === "f32" ? 0 : 16));
    bytes.writeUInt32LE(crc32(bytes.subarray(20)), 16);
    writeFileSync(other, bytes);
    const damaged = await readPulmoCheckpoint(other);
    assert.not(damaged.place(program), dtype);
    await refused(openCheckpoint({ checkpoint: other, wasm: "simd" }, 1), /weight contains values that are not finite/);
  }
});

test("int8 weights that do not fit are refused where they are used, and only there", async () => {
  const other = join(folder, "unfit.pulmo");
  await exportModelFile({ checkpoint: source }, other, "i8", SILENT);
  const bytes = readFileSync(other);
  bytes.writeUInt32LE(7, bytes.readUInt32LE(44));
  bytes.writeUInt32LE(crc32(bytes.subarray(20)), 16);
  writeFileSync(other, bytes);
  const { tensors: found } = await readPulmoCheckpoint(other);
  const why = /unfit\.pulmo is not a usable \.pulmo file: its int8 weights do not fit each other/;
  assert.throws(() => [...found.values()].map(({ data }) => data), why);
  await refused(openCheckpoint({ checkpoint: other, wasm: "simd" }, 1), why);
});

test("a changed or cut file, and other files, are refused by view and as a checkpoint", async () => {
  const bytes = readFileSync(pulmo);
  const other = join(folder, "other.pulmo");
  const write = (contents: Uint8Array | string) => writeFileSync(other, contents);
  bytes[bytes.length - 5] ^= 1;
  write(bytes);
  await refused(readCheckpoint({ checkpoint: other }), /other\.pulmo is not a usable \.pulmo file: its checksum is another/);
  write(bytes.subarray(0, 5000));
  await refused(readModel({ checkpoint: other }, SILENT), /it is cut short, so copy or export it again/);
  write("version https://git-lfs.github.com/spec/v1\n");
  await refused(readModel({ checkpoint: other }, SILENT), /is a Git LFS pointer, not a \.pulmo file: run git lfs pull/);
  write("<!DOCTYPE html><html>");
  await refused(readPulmoBytes(other), /is a web page, perhaps of a login, not a \.pulmo file/);
});

test("an image size that the weights do not have, and one that takes all memory, are refused", async () => {
  const bytes = readFileSync(pulmo);
  const other = join(folder, "sized.pulmo");
  for (const [edge, why] of [
    [0xffffffff, /it is for images of 4294967295x4294967295 pixels/],
    [0, /it is for images of 0x0 pixels/],
    [225, /its weights do not fit this model/],
  ] as const) {
    bytes.writeUInt32LE(edge, 20);
    bytes.writeUInt32LE(crc32(bytes.subarray(20)), 16);
    writeFileSync(other, bytes);
    await refused(readCheckpoint({ checkpoint: other }), why);
  }
});

test("a file that does not state its normalization is noted, unless the caller states it", async () => {
  const unsaid = join(folder, "unsaid.safetensors");
  await writeSafetensors(unsaid, { tensors, metadata: {} });
  const notes = async (given: Parameters<typeof readCheckpoint>[0]["normalization"]) =>
    allNotes((await readCheckpoint({ checkpoint: unsaid, normalization: given })).notes);
  assert.match((await notes(undefined)).join(), /^does not say how its images are normalized: pixels in 0\.\.1 are assumed/);
  assert.equal(await notes(null), []);
  assert.equal(await notes({ mean: [0, 0, 0], std: [1, 1, 1] }), []);
  await refused(
    notes({ mean: [123.675, 116.28, 103.53], std: [58.4, 57.1, 57.4] }),
    /mean is \[123\.675,.*divide values .* by 255/,
  );
  await refused(notes({ mean: [0, 0, 0], std: [0, 1, 1] }), /for std above 0/);
  await refused(readCheckpoint({ checkpoint: source, normalization: null }), /states the normalization of its images/);
});

test.run();
