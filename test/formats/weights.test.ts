// What people name as weights: each file and folder is read, or named for what it is.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { float32Values, isFloat } from "#pulmo/core/tensors.js";
import { readSafetensors, writeSafetensors } from "#pulmo/formats/safetensors-file.js";
import { writeTorch } from "#pulmo/formats/torch-writer.js";
import { readWeightSets, readWeights } from "#pulmo/formats/weights.js";
import { fixtureBytes, temporaryFolder } from "../data/places.js";

const test = suite("files of weights");

const folder = temporaryFolder();
mkdirSync(folder, { recursive: true });
const written = (name: string, bytes: string | Uint8Array): string => {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, bytes);
  return path;
};
const latin1 = (text: string) => Buffer.from(text, "latin1");
const zip = (names: string[]) => zipSync(Object.fromEntries(names.map((name) => [name, strToU8("x")])), { level: 0 });
const torch = written("torch.pth", fixtureBytes("torch-nested.pth"));

async function refused(path: string, why: RegExp): Promise<void> {
  const error = await readWeightSets(path).catch((caught: unknown) => caught);
  assert.instance(error, InputError);
  const { message } = error as InputError;
  assert.ok(message.startsWith(path), message);
  assert.match(message.slice(path.length), why);
}

const OTHERS: [name: string, bytes: string | Uint8Array, why: RegExp][] = [
  [
    "a.pth",
    "version https://git-lfs.github.com/spec/v1\noid sha256:7\nsize 4\n",
    /^ is a Git LFS pointer, not .*: run git lfs pull/,
  ],
  ["a.safetensors", "version https://git-lfs.github.com/spec/v1\n", /^ is a Git LFS pointer/],
  ["b.pth", "\n<!DOCTYPE html>\n<html>", /^ is a web page.*: download the file itself\.$/],
  ["b.safetensors", "<html><head><title>Sign in</title>", /^ is a web page/],
  ["c.pth", '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', /^ is an XML document, perhaps a server's error/],
  ["d.pth", '{"error": "not found"}', /^ is JSON text/],
  [
    "model.safetensors.index.json",
    '{"metadata": {}, "weight_map": {"a": "b"}}',
    /^ is the index of a model in several safetensors files/,
  ],
  ["e.csv", "file,label,p_pneumonia\n", /^ is a text file/],
  ["f.pth", "", /^ is empty, not a file of weights: copy or download it again\.$/],
  ["g.jpeg", latin1("\xff\xd8\xff\xe0\0\x10JFIF"), /^ is a JPEG image/],
  ["g.png", latin1("\x89PNG\r\n\x1a\n\0\0"), /^ is a PNG image/],
  ["g.dcm", latin1(`${"\0".repeat(128)}DICM`), /^ is a DICOM image/],
  ["h.pth", latin1("\x1f\x8b\x08\0\0"), /^ is compressed with gzip.*: extract it first/],
  ["i.h5", latin1("\x89HDF\r\n\x1a\n\0\0"), /^ is an HDF5 file, as Keras writes/],
  ["j.npy", latin1("\x93NUMPY\x01\0"), /^ is an array of NumPy/],
  ["saved_model.pb", latin1("\x08\x01\x12\x0b\x0a\x09\x12\x05serve\0"), /^ is a TensorFlow SavedModel/],
  ["k.pulmo", latin1("PULMOMDL\x01\0\0\0"), /^ is a \.pulmo file/],
  ["l.npz", zip(["conv1.weight.npy"]), /^ is an archive of NumPy arrays/],
  [
    "m.pt",
    zip(["a/data.pkl", "a/constants.pkl", "a/code/__torch__/net.py"]),
    /^ is a TorchScript archive.*torch\.jit\.load\(file\)\.state_dict/,
  ],
  ["n.zip", zip(["run/best.pth", "readme.txt"]), /^ is a zip archive that holds "run\/best\.pth".*: extract it first/],
  ["o.keras", zip(["config.json", "model.weights.h5"]), /^ is a Keras model/],
  ["p.docx", zip(["word/document.xml"]), /^ is a zip archive of other files/],
  ["q.pth", new Uint8Array(5000), /neither safetensors, nor ONNX, nor a file of torch\.save/],
  ["r.pth", latin1("\x80\x04}."), /holds no tensors by name/],
  ["s.pth", latin1("\x80\x04K\x01."), /a Python pickle, but not one of torch\.save/],
];
for (const [name, bytes, why] of OTHERS) test(`${name} is named: ${why.source}`, () => refused(written(name, bytes), why));

test("a download that was cut short is told", async () => {
  const whole = readFileSync(torch);
  await refused(written("cut.pth", whole.subarray(0, whole.length / 2)), /cut short or damaged, so copy or download it again/);
});

test("folders: a model's is read, a run's only model too, a run with several lists them, others say what they hold", async () => {
  const { tensors } = await readWeights(torch);
  const numbers = new Map([...tensors].filter(([name]) => name.startsWith("a.")));
  const model = join(folder, "run/dnn/model.safetensors");
  mkdirSync(join(folder, "run/dnn"), { recursive: true });
  await writeSafetensors(model, { tensors: numbers, metadata: {} });
  assert.is((await readWeightSets(join(folder, "run/dnn"))).path, model);
  assert.is((await readWeightSets(join(folder, "run"))).path, model);
  mkdirSync(join(folder, "run/resnet18"));
  written("run/resnet18/checkpoint.safetensors", "x");
  await refused(join(folder, "run/resnet18"), /^ holds an unfinished training: continue it with run --resume/);
  assert.is((await readWeightSets(join(folder, "run"))).path, model);
  written("run/resnet18/model.safetensors", "x");
  await refused(join(folder, "run"), /^ is the folder of a run: give one of its models: .*run\/dnn, .*run\/resnet18\.$/);
  written("other/best.ckpt", "x");
  await refused(join(folder, "other"), /^ holds no model\.safetensors: give one of its files: best\.ckpt\.$/);
  written("unpacked/data.pkl", "x");
  await refused(join(folder, "unpacked"), /^ is an unpacked file of torch\.save/);
  written("tf/saved_model.pb", "x");
  await refused(join(folder, "tf"), /^ is a TensorFlow SavedModel/);
});

test("what a .pth holds is written to other formats with the same values", async () => {
  const { tensors } = await readWeights(torch);
  const [safe, pth] = [join(folder, "copy.safetensors"), join(folder, "copy.pth")];
  await writeSafetensors(safe, { tensors, metadata: {} });
  await writeTorch(pth, tensors);
  for (const copy of [(await readSafetensors(safe)).tensors, (await readWeights(pth)).tensors]) {
    for (const [name, tensor] of tensors) {
      const found = copy.get(name)!;
      assert.equal([found.dtype, found.shape], [tensor.dtype, tensor.shape], name);
      assert.is(Buffer.compare(found.data, tensor.data), 0, name);
      if (isFloat(tensor)) assert.is(float32Values(found).length, float32Values(tensor).length);
    }
  }
});

test.run();
