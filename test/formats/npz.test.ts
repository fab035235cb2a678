// .npy and .npz as NumPy writes them, and untrusted files.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FormatError } from "#pulmo/core/tensors.js";
import { parseNpy } from "#pulmo/formats/npy.js";
import { isNpz, parseNpz } from "#pulmo/formats/npz.js";
import { zip } from "../attack/adversarial/bytes.js";
import { fixtureBytes, temporaryFolder } from "../data/places.js";
import { npyBytes, npyHeader, npzBytes, uint8Array } from "./npz-bytes.js";

const test = suite(".npz");

const refused = (work: () => unknown, why: RegExp) =>
  assert.throws(work, (error: unknown) => error instanceof FormatError && why.test(error.message) && error.message.length < 200);
const refusedNpy = (bytes: Uint8Array, why: RegExp) => refused(() => parseNpy(bytes, "a"), why);

test("NumPy's deflated uint8 and stored int64 arrays are read", () => {
  const grey = parseNpz(fixtureBytes("npz-grey.npz"), ["test_images", "test_labels"]);
  const [images, labels] = ["test_images", "test_labels"].map((name) => grey.get(name)!);
  assert.equal([images.dtype, images.shape, labels.dtype, labels.shape], ["U8", [4, 27, 21], "U8", [4, 1]]);
  // Pixel (y, x) of image i, as test/fixtures/make-npz-files.py says.
  const expected = Array.from(
    { length: 4 * 567 },
    (_, k) => (80 + 29 * Math.floor(k / 567) + 11 * Math.floor((k % 567) / 21) + 5 * (k % 21)) % 256,
  );
  assert.equal([...images.data], expected);
  assert.equal([...labels.data], [0, 1, 1, 0]);
  const { dtype, shape, data } = parseNpz(fixtureBytes("npz-rgb.npz"), ["train_labels"]).get("train_labels")!;
  assert.equal([dtype, shape], ["I64", [6]]);
  assert.equal([...new BigInt64Array(new Uint8Array(data).buffer)], [0n, 1n, 1n, 0n, 1n, 1n]);
});

test("a header's keys come in any order, with or without spaces and a last comma; scalars have no shape", () => {
  const two = Uint8Array.of(1, 2);
  for (const header of [
    "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }",
    "{'shape':(2,),'fortran_order':False,'descr':'|u1'}",
    "{ 'fortran_order' : False, 'shape': (1, 2), 'descr': '|u1' , }",
  ])
    assert.equal([...parseNpy(npyBytes(header, two), "a").data], [1, 2], header);
  assert.equal(parseNpy(npyBytes(npyHeader("<i4", []), Uint8Array.of(7, 0, 0, 0)), "a").shape, []);
  assert.equal(parseNpy(npyBytes(npyHeader("|u1", [0, 3]), new Uint8Array()), "a").shape, [0, 3]);
});

test("versions 2 and 3 have a longer length; others are refused", () => {
  const one = uint8Array([1], Uint8Array.of(9));
  const version = (v: number) =>
    Buffer.concat([one.subarray(0, 6), Buffer.of(v, 0), one.subarray(8, 10), Buffer.of(0, 0), one.subarray(10)]);
  for (const v of [2, 3]) assert.equal([...parseNpy(version(v), "a").data], [9]);
  for (const v of [0, 4, 255]) refusedNpy(version(v), /unknown version/);
});

test("headers that are not such a dictionary are refused", () => {
  const header = npyHeader("|u1", [1]);
  for (const bad of [
    "",
    "{}",
    "{",
    header.slice(1),
    header.replace("}", ""),
    header.replace("'descr': '|u1', ", ""),
    header.replace("'shape'", "'descr'"),
    header.replace("{", "{'shape': (2,), "),
    header.replace("}", "'x': 1}"),
    header.replace("False", "0"),
    header.replace("'|u1'", "[('a', '|u1')]"),
    header.replace("'|u1'", "True"),
    header.replace("(1,)", "'(1,)'"),
    header.replace("(1,)", "[1]"),
    header.replace("(1,)", "(__import__('os'),)"),
    `${header} ${header}`,
    "{'shape': ".repeat(900),
    `{${"'shape': (1,), ".repeat(600)}}`,
  ])
    refusedNpy(npyBytes(bad, Uint8Array.of(1)), /no header of one dtype/);
});

test("other dtypes and Fortran's order are refused by name", () => {
  for (const descr of ["<f4", "|b1", ">i8", "<u2", "|O", "__proto__", "|S1000000", "x".repeat(5000)])
    refusedNpy(npyBytes(npyHeader(descr, [1]), Uint8Array.of(1)), /has the dtype ".*", not one of \|u1, <i4, <i8/);
  refusedNpy(npyBytes(npyHeader("|u1", [1], "True"), Uint8Array.of(1)), /Fortran's order/);
});

test("impossible shapes, and shapes that do not match the number of elements, are refused", () => {
  for (const shape of ["(1 2)", "(,)", "(1,,2)", `(${"1, ".repeat(9)})`, "(99999999999999999999,)"])
    refusedNpy(npyBytes(npyHeader("|u1", [1]).replace("(1,)", shape), Uint8Array.of(1)), /a shape that cannot be/);
  for (const shape of [[2], [1, 0], [2 ** 31, 2 ** 31], [2 ** 52, 2 ** 52, 2 ** 52]])
    refusedNpy(uint8Array(shape, Uint8Array.of(1)), /has 1 bytes instead of/);
  refusedNpy(npyBytes(npyHeader("<i8", [1]), new Uint8Array(7)), /has 7 bytes instead of 8/);
});

test("a header longer than its file, or than NumPy reads, is refused", () => {
  const bytes = Buffer.from(uint8Array([1], Uint8Array.of(1)));
  bytes.writeUInt16LE(65535, 8);
  refusedNpy(bytes, /header of its array a is too long/);
  refusedNpy(npyBytes(npyHeader("|u1", [1]) + " ".repeat(20_000), Uint8Array.of(1)), /too long/);
  refusedNpy(bytes.subarray(0, 11), /no \.npy/);
  refusedNpy(Buffer.from("this is a text and nothing else"), /no \.npy/);
});

const claiming = (bytes: Uint8Array, offset: number, value: number): Buffer => {
  const changed = Buffer.from(bytes);
  changed.writeUInt32LE(value, changed.indexOf("PK\x01\x02", 0, "latin1") + offset);
  return changed;
};

test("an archive that lacks an array, or claims impossible sizes, is refused before memory is allocated", () => {
  refused(() => parseNpz(npzBytes({ a: uint8Array([1], Uint8Array.of(1)) }), ["b"]), /lacks the array b/);
  refused(() => parseNpz(zipSync({ a: new Uint8Array(4) }), ["a"]), /lacks the array a/);
  const stored = npzBytes({ a: uint8Array([1000], new Uint8Array(1000)) }, 0);
  const deflated = npzBytes({ a: uint8Array([1000], new Uint8Array(1000)) });
  const [SIZE, ORIGINAL_SIZE] = [20, 24];
  refused(() => parseNpz(claiming(stored, ORIGINAL_SIZE, 0xfffffff0), ["a"]), /claims a size that it cannot have/);
  refused(() => parseNpz(claiming(deflated, ORIGINAL_SIZE, 0xfffffff0), ["a"]), /claims a size that it cannot have/);
  refused(() => parseNpz(claiming(deflated, ORIGINAL_SIZE, 2000), ["a"]), /cut off/);
  refused(() => parseNpz(claiming(deflated, ORIGINAL_SIZE, 500), ["a"]), /has 372 bytes instead of 1000/);
  refused(() => parseNpz(claiming(claiming(stored, SIZE, 5000), ORIGINAL_SIZE, 5000), ["a"]), /overlap, or claim more bytes/);
  refused(
    () => parseNpz(zip([{ name: "a.npy", content: new Uint8Array(9999), times: 100 }]), ["a"]),
    /overlap, or claim more bytes/,
  );
  refused(() => parseNpz(zip([1, 2].map((n) => ({ name: "a.npy", content: Uint8Array.of(n) }))), ["a"]), /two entries "a.npy"/);
  const zeros = npzBytes({ a: uint8Array([300 * 2 ** 20], new Uint8Array(300 * 2 ** 20)) });
  refused(() => parseNpz(zeros, ["a"]), /unpacks to more than 100 times its size/);
});

test("arrays that are not requested are not unpacked", () => {
  const bytes = npzBytes({ a: uint8Array([1], Uint8Array.of(5)), b: Buffer.from("not an array") });
  assert.equal([...parseNpz(bytes, ["a"]).get("a")!.data], [5]);
});

test("a file is recognised by its first bytes; a folder, a text and an empty file are not .npz", async () => {
  const place = (name: string) => join(temporaryFolder(), name);
  const [npz, text, short, folder] = ["a.dat", "b.npz", "c.npz", "d.npz"].map(place);
  writeFileSync(npz, fixtureBytes("npz-grey.npz"));
  writeFileSync(text, "PK is how a zip archive begins");
  writeFileSync(short, "PK");
  mkdirSync(folder);
  assert.equal(await Promise.all([npz, text, short, folder, place("e.npz")].map(isNpz)), [true, false, false, false, false]);
});

test.run();
