// The three containers of torch.save compared with PyTorch's values, and untrusted files.
import { existsSync, rmSync } from "node:fs";
import { unzipSync, zipSync } from "fflate";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FormatError, float32Values, isFloat, type StoredTensor } from "#pulmo/core/tensors.js";
import { parseTorch as parseSets } from "#pulmo/formats/torch.js";
import { fixture, fixtureBytes } from "../data/places.js";

const test = suite(".pth");

interface Expected {
  dtype: string;
  shape: number[];
  values: string;
}

/** The dictionary with the most tensors, with their data. */
function parseTorch(bytes: Uint8Array): Map<string, StoredTensor> {
  const { tensors } = parseSets(bytes).reduce((a, b) => (b.tensors.size > a.tensors.size ? b : a));
  return new Map([...tensors].map(([name, { dtype, shape, data }]) => [name, { dtype, shape, data }]));
}

const DTYPES: Record<string, string> = { float32: "F32", float16: "F16", bfloat16: "BF16", float64: "F64", int64: "I64" };
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const found = (tensor: StoredTensor): Expected => ({
  dtype: tensor.dtype,
  shape: tensor.shape,
  values: base64(isFloat(tensor) ? new Uint8Array(float32Values(tensor).buffer) : tensor.data),
});

for (const [name, expected] of Object.entries<Record<string, Expected>>(fixture("torch-files.json"))) {
  test(`${name}: names, shapes and every value are PyTorch's`, () => {
    const tensors = parseTorch(fixtureBytes(`torch-${name}.pth`));
    assert.equal([...tensors.keys()], Object.keys(expected));
    for (const [key, { dtype, shape, values }] of Object.entries(expected)) {
      assert.equal(found(tensors.get(key)!), { dtype: DTYPES[dtype.replace("torch.", "")], shape, values }, key);
    }
  });
}

const refused = (bytes: Uint8Array, why: RegExp) =>
  assert.throws(
    () => parseTorch(bytes),
    (error: unknown) => error instanceof FormatError && why.test(error.message),
  );

test("a file that calls os.system: nothing is executed", () => {
  const trace = "/tmp/pulmo-was-here";
  rmSync(trace, { force: true });
  refused(fixtureBytes("torch-attack.pth"), /holds no tensors by name/);
  assert.not.ok(existsSync(trace));
});

/** A zip file as torch.save makes it, around a pickle written by hand. */
function zipped(pickle: string, storages: Record<string, Uint8Array> = {}): Uint8Array {
  const data = Object.entries(storages).map(([key, bytes]) => [`a/data/${key}`, bytes]);
  return zipSync({ "a/data.pkl": Buffer.from(`\x80\x02${pickle}`, "latin1"), ...Object.fromEntries(data) }, { level: 0 });
}

const text = (value: string) => `X${String.fromCharCode(value.length)}\0\0\0${value}`;
const storage = (key: string, count: number) =>
  `(${text("storage")}ctorch\nFloatStorage\n${text(key)}${text("cpu")}K${String.fromCharCode(count)}tQ`;
/** {name: tensor of `shape` and `strides`, from `offset`, in a storage that claims `count` floats}. */
const tensor = (offset: number, shape: number, stride: number, count: number, name = "w") =>
  `${text(name)}ctorch._utils\n_rebuild_tensor_v2\n(${storage("0", count)}K${String.fromCharCode(offset)}K${String.fromCharCode(shape)}\x85` +
  `K${String.fromCharCode(stride)}\x85\x89}tR`;
const dictionary = (...items: string[]) => `}(${items.join("")}u.`;
const floats = (count: number) => ({ 0: new Uint8Array(4 * count) });

test("the hand-written pickles of this test are read", () => {
  const tensors = parseTorch(zipped(dictionary(tensor(1, 2, 1, 4)), { 0: new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer) }));
  assert.equal([...float32Values(tensors.get("w")!)], [2, 3]);
});

test("what is imported, called or built beside the weights stays a placeholder", () => {
  const weights = tensor(0, 2, 1, 2);
  const beside = [
    `cos\nsystem\n(${text("touch /tmp/pulmo-was-here")}tR`,
    `cbuiltins\neval\n${text("1")}\x85R`,
    "(ios\nsystem\n",
    `(cos\nsystem\n${text("x")}o`,
    `${text("os")}${text("system")}\x93)\x81`,
    `cos\nsystem\n)}\x92`,
    "cfunctools\npartial\n(ctorch\nload\nt\x81}b",
    "cargparse\nNamespace\n)\x81}X\x02\0\0\0lrG?\xf0\0\0\0\0\0\0sb",
    "ctorch\nFloatStorage\n)R",
    "\x8f(K\x01\x90",
    "(K\x01\x91",
    "C\x02ab",
    "\x96\x02\0\0\0\0\0\0\0ab",
  ];
  for (const object of beside) {
    const { data } = parseTorch(zipped(dictionary(weights, `${text("x")}${object}`), floats(2))).get("w")!;
    assert.is(data.length, 8, object);
  }
});

test("a tensor of a kind that pulmo does not read may lie beside the weights, and is named when it is used", () => {
  const [{ tensors }] = parseSets(
    zipped(dictionary(tensor(0, 2, 1, 2), `${text("x")}ctorch._utils\n_rebuild_sparse_tensor\n)R`), floats(2)),
  );
  assert.is(tensors.get("w")!.data.length, 8);
  assert.is(tensors.get("x")!.dtype, "sparse");
  assert.throws(() => tensors.get("x")!.data, /of the type sparse, which pulmo does not read/);
});

test("operations that no file of weights needs are refused by number, and wrong calls in words", () => {
  for (const code of ["\x82", "\x83", "\x84", "\x97", "\x98", "P"])
    refused(zipped(`((${code}os\nsystem\n.`), new RegExp(`operation 0x${code.charCodeAt(0).toString(16)},`));
  refused(zipped("})R."), /calls what is not a function/);
  refused(zipped("]}b."), /gives a state to what is not an object/);
  refused(zipSync({ "a/data.pkl": Buffer.from("\x80\x06}.", "latin1") }, { level: 0 }), /newer protocol than 5/);
});

test("a list repeatedly converted to dictionaries is refused before it uses much memory", () => {
  const pairs = "K\x01K\x01\x86".repeat(5000);
  const again = "h\x01h\x00\x85R0".repeat(5000);
  refused(zipped(`](${pairs}eq\x000ccollections\nOrderedDict\nq\x010${again}}.`), /uses the same list or bytes too often/);
});

test("storages of CUDA tensors, and untyped ones with the type in the tensor", () => {
  const bytes = { 0: new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer) };
  const view = (type: string, count: number, build: string, rest: string) =>
    `${text("w")}ctorch._utils\n${build}\n((${text("storage")}c${type}\n${text("0")}${text("cuda:1")}K${String.fromCharCode(count)}tQ` +
    `K\x01K\x02\x85K\x01\x85\x89}${rest}tR`;
  const read = (pickled: string) => [...float32Values(parseTorch(zipped(dictionary(pickled), bytes)).get("w")!)];
  assert.equal(read(view("torch.cuda\nFloatStorage", 4, "_rebuild_tensor_v2", "")), [2, 3]);
  assert.equal(read(view("torch.storage\nUntypedStorage", 16, "_rebuild_tensor_v3", "ctorch\nfloat32\n")), [2, 3]);
  const [{ tensors }] = parseSets(
    zipped(dictionary(view("torch.storage\nUntypedStorage", 16, "_rebuild_tensor_v3", "ctorch\nfloat8_e5m2\n")), bytes),
  );
  assert.is(tensors.get("w")!.dtype, "float8_e5m2");
});

test("any strides, at any place of a storage, in every width", () => {
  const shape = [3, 4, 5];
  for (const [type, width] of [
    ["FloatStorage", 4],
    ["HalfStorage", 2],
    ["DoubleStorage", 8],
    ["ByteStorage", 1],
  ] as const) {
    const bytes = Uint8Array.from({ length: 100 * width }, (_, i) => (7 * i + (i >> 4)) % 256);
    for (const stride of [
      [1, 3, 12],
      [20, 1, 4],
      [0, 5, 1],
      [1, 0, 0],
    ]) {
      const small = (numbers: number[]) => `(${numbers.map((n) => `K${String.fromCharCode(n)}`).join("")}t`;
      const view = `${text("w")}ctorch._utils\n_rebuild_tensor_v2\n((${text("storage")}ctorch\n${type}\n${text("0")}${text("cpu")}K\x64tQK\x02${small(shape)}${small(stride)}\x89}tR`;
      const { data } = parseTorch(zipped(dictionary(view), { 0: bytes })).get("w")!;
      const expected: number[] = [];
      for (let i = 0; i < 60; i++) {
        const from = 2 + Math.floor(i / 20) * stride[0] + (Math.floor(i / 5) % 4) * stride[1] + (i % 5) * stride[2];
        expected.push(...bytes.subarray(from * width, (from + 1) * width));
      }
      assert.equal([...data], expected, `${type}, strides ${stride}`);
    }
  }
});

test("a missing stack entry, mark or memo is refused", () => {
  for (const [pickle, why] of [
    ["0.", /takes more from the stack/],
    ["(.", /misplaces a mark/],
    ["t.", /lacks a mark/],
    ["h\x07.", /recalls what it has not kept/],
    ["}K\x01a.", /not a list/],
    ["]K\x01K\x02s.", /not a dictionary/],
    ["}(K\x01u.", /not a dictionary/],
    ["K\x01", /cut off/],
    ["].", /no tensors by name/],
    ["X\xff\xff\xff\xffab", /cut off/],
    [dictionary("K\x01", "K\x02"), /no tensors by name/],
    [dictionary("]", "K\x02"), /no tensors by name/],
  ] as const)
    refused(zipped(pickle), why);
});

test("tensors outside their storage, and storages of another size, are refused", () => {
  refused(zipped(dictionary(tensor(3, 2, 1, 4)), floats(4)), /reaches past its storage/);
  refused(zipped(dictionary(tensor(0, 2, 4, 4)), floats(4)), /reaches past its storage/);
  refused(zipped(dictionary(tensor(0, 2, 1, 5)), floats(4)), /missing or of another size/);
  refused(zipped(dictionary(tensor(0, 2, 1, 4))), /missing or of another size/);
});

test("a tensor of expand() repeats elements, within bounds", () => {
  const four = { 0: new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer) };
  const tensors = parseTorch(zipped(dictionary(tensor(1, 6, 0, 4)), four));
  assert.equal([...float32Values(tensors.get("w")!)], [2, 2, 2, 2, 2, 2]);
  const many = Array.from({ length: 60 }, (_, i) => tensor(0, 250, 0, 4, `w${i}`));
  refused(zipped(dictionary(...many), four), /share their storages too often/);
});

test("an archive that was packed again, with compression, is read", () => {
  const packed = unzipSync(zipped(dictionary(tensor(0, 2, 1, 64)), floats(64)));
  const tensors = parseTorch(zipSync(packed, { level: 9 }));
  assert.equal([...float32Values(tensors.get("w")!)], [0, 0]);
});

test("a whole module gives its layers: kinds and attributes that no tensor shows", () => {
  const [{ module }] = parseSets(fixtureBytes("torch-module.pth"));
  assert.is(module?.type, "torch.nn.parallel.data_parallel.DataParallel");
  const inner = "module.0 conv.Conv2d, module.1 batchnorm.BatchNorm2d, module.2 activation.ReLU, module.3 flatten.Flatten";
  const layers = module!.layers.map(({ name, type }) => `${name} ${type.replace("torch.nn.modules.", "")}`);
  assert.is(layers.slice(2, 6).join(", "), inner);
  assert.is(module!.layers[3].settings.get("eps"), 1e-5);
});

test("many tensors over one storage cannot fill the memory", () => {
  const many = Array.from({ length: 60 }, (_, i) => tensor(0, 250, 1, 250, `w${i}`));
  refused(zipped(dictionary(...many), floats(250)), /share their storages too often/);
});

test("a list that contains itself ends the search", () => {
  const doubled = Array.from(
    { length: 60 },
    (_, i) => `](h${String.fromCharCode(i)}h${String.fromCharCode(i)}eq${String.fromCharCode(i + 1)}`,
  );
  refused(zipped(`]q\0${doubled.join("")}}h\x3cK\x01s.`), /no tensors by name/);
  refused(zipped("]q\0h\0a."), /no tensors by name/);
});

test("archives that exceed their stated size and empty archives are refused", () => {
  const bomb = zipSync({ "a/data.pkl": new Uint8Array(50e6) }, { level: 9 });
  assert.ok(bomb.length < 100e3);
  refused(bomb, /unpacks to more than/);
  refused(zipSync({ "a/other": new Uint8Array(4) }, { level: 0 }), /no data\.pkl/);
});

test("a directory that claims more entries than the archive has bytes is refused", () => {
  // After the end of the file fflate reads zeros: entries without name and length.
  const bytes = Buffer.from(zipped("}."));
  const end = bytes.lastIndexOf("PK\x05\x06", undefined, "latin1");
  bytes.writeUInt16LE(0xffff, end + 8);
  bytes.writeUInt32LE(bytes.length + 1000, end + 16);
  refused(bytes, /overlap, or claim more|two entries/);
});

test("a stream that claims more than it contains is refused before memory is allocated", () => {
  const bytes = Buffer.from(fixtureBytes("torch-stream.pth"));
  const count = bytes.indexOf(Buffer.from("K\x18", "latin1"), bytes.indexOf("cpu"));
  assert.ok(count > 0);
  bytes[count + 1] = 0xff;
  refused(bytes, /another size|larger than the file/);
});

test.run();
