// Writes a state_dict as torch.save does (zip container, pickle protocol 2): torch.load reads it, weights_only or not.
// Format: torch/serialization.py of PyTorch 1.13.
import { zipSync } from "fflate";
import { dtypeBytes, type StoredTensor } from "../core/tensors.js";
import { writeFileAtomic } from "../node/files.js";

const STORAGES: Record<string, string> = {
  F32: "FloatStorage",
  F16: "HalfStorage",
  BF16: "BFloat16Storage",
  F64: "DoubleStorage",
  I64: "LongStorage",
  I32: "IntStorage",
  I16: "ShortStorage",
  I8: "CharStorage",
  U8: "ByteStorage",
  BOOL: "BoolStorage",
};

export async function writeTorch(path: string, tensors: Map<string, StoredTensor>): Promise<void> {
  const files: Record<string, Uint8Array> = { "archive/data.pkl": pickle(tensors), "archive/version": Buffer.from("3\n") };
  [...tensors.values()].forEach(({ data }, i) => (files[`archive/data/${i}`] = data));
  // A fixed date, so that the same weights give the same file.
  await writeFileAtomic(path, zipSync(files, { level: 0, mtime: "1980-01-01T00:00:00" }));
}

/** The opcodes of an OrderedDict of tensors; tensor i is stored in storage "i". */
function pickle(tensors: Map<string, StoredTensor>): Uint8Array {
  const out: Buffer[] = [];
  const op = (code: string, ...data: Buffer[]) => void out.push(Buffer.from(code, "latin1"), ...data);
  const u32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  const text = (value: string) => op("X", u32(Buffer.byteLength(value)), Buffer.from(value));
  const integer = (value: number) => op("\x8a\x08", Buffer.from(BigInt64Array.of(BigInt(value)).buffer));
  const tuple = (values: number[]) => {
    op("(");
    values.forEach(integer);
    op("t");
  };
  const emptyDictionary = () => op("ccollections\nOrderedDict\n)R");

  op("\x80\x02");
  emptyDictionary();
  op("(");
  [...tensors].forEach(([name, { dtype, shape }], i) => {
    const count = shape.reduce((n, d) => n * d, 1);
    text(name);
    op("ctorch._utils\n_rebuild_tensor_v2\n((");
    text("storage");
    op(`ctorch\n${STORAGES[dtype]}\n`);
    text(String(i));
    text("cpu");
    integer(count);
    op("tQ");
    integer(0);
    tuple(shape);
    tuple(shape.map((_, axis) => shape.slice(axis + 1).reduce((n, d) => n * d, 1)));
    op("\x89");
    emptyDictionary();
    op("tR");
    if (count * dtypeBytes(dtype) >= 2 ** 32) throw new Error(`${name} is too long for a zip entry`);
  });
  op("u.");
  return Buffer.concat(out);
}
