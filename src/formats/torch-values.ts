// What a file of torch.save may build: storages, and tensors over them. Source: torch/_utils.py and torch/_tensor.py of PyTorch 1.13
// and 2.5.
import { dtypeBytes, FormatError, isDtype, MAX_DIMENSIONS, type StoredTensor } from "../core/tensors.js";
import { type Constructor, Global, type Rules } from "./pickle.js";

export interface StorageType {
  /** In safetensors' spelling; of types that pulmo does not read, PyTorch's name. */
  dtype: string;
  /** Bytes per element. */
  width: number;
}

export interface Storage extends StorageType {
  /** Little-endian elements. */
  data: Uint8Array;
}

const READ: Record<string, string> = {
  Float: "F32",
  Half: "F16",
  BFloat16: "BF16",
  Double: "F64",
  Long: "I64",
  Int: "I32",
  Short: "I16",
  Char: "I8",
  Byte: "U8",
  Bool: "BOOL",
};
/** Their bytes have to be skipped. */
const SKIPPED: Record<string, number> = {
  ComplexFloat: 8,
  ComplexDouble: 16,
  QInt8: 1,
  QUInt8: 1,
  QInt32: 4,
  QUInt4x2: 1,
  QUInt2x4: 1,
  Untyped: 1,
};
/** torch.float32 and so on, which _rebuild_tensor_v3 names. */
const DTYPES: Record<string, string> = {
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
  float64: "F64",
  int64: "I64",
  int32: "I32",
  int16: "I16",
  int8: "I8",
  uint8: "U8",
  bool: "BOOL",
};

/** torch.FloatStorage, torch.cuda.FloatStorage, torch.storage.UntypedStorage; the tar format also names torch.FloatTensor. */
export function storageType(value: unknown): StorageType | undefined {
  const name = value instanceof Global ? value.name : "";
  const kind = /^torch\.(?:cuda\.|storage\.)?(\w+?)(?:Storage|Tensor)$/.exec(name)?.[1] ?? "";
  if (Object.hasOwn(READ, kind)) return { dtype: READ[kind], width: dtypeBytes(READ[kind]) };
  return Object.hasOwn(SKIPPED, kind) ? { dtype: kind, width: SKIPPED[kind] } : undefined;
}

/** A tensor of the file. Its elements are put together when they are used. */
export class TensorView implements StoredTensor {
  readonly dtype: string;
  #data: Uint8Array | undefined;

  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: number[],
    readonly stride: number[],
  ) {
    this.dtype = storage.dtype;
  }

  /** Row-major; a view of the storage if that is row-major too. Throws FormatError for a type that pulmo does not read. */
  get data(): Uint8Array {
    if (!isDtype(this.dtype)) throw new FormatError(`it has a tensor of the type ${this.dtype}, which pulmo does not read`);
    this.#data ??= contiguous(this);
    return this.#data;
  }
}

/** A tensor that pulmo does not read: it may lie beside the weights. */
export class OddTensor implements StoredTensor {
  readonly shape: number[] = [];
  constructor(readonly dtype: string) {}

  get data(): Uint8Array {
    throw new FormatError(`it has a tensor of the type ${this.dtype}, which pulmo does not read`);
  }
}

const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
const isCounts = (list: unknown): list is number[] => Array.isArray(list) && list.length <= MAX_DIMENSIONS && list.every(isCount);

const isStorage = (value: unknown): value is Storage =>
  typeof value === "object" && value !== null && "dtype" in value && "width" in value;

export function rebuildTensor([storage, offset, shape, stride, , , metadata]: unknown[]): StoredTensor {
  if (!isStorage(storage)) throw new FormatError("it has a tensor without a storage");
  if (!isCount(offset) || !isCounts(shape) || !isCounts(stride) || shape.length !== stride.length) {
    throw new FormatError("it has a tensor with a bad shape");
  }
  const count = shape.reduce((n, d) => n * d, 1);
  const last = shape.reduce((sum, d, i) => sum + (d - 1) * stride[i], offset);
  const length = Math.floor(storage.data.length / storage.width);
  // A tensor may be larger than its storage: expand() repeats elements with a stride of 0.
  if (count > 0 && last >= length) throw new FormatError("it has a tensor that reaches past its storage");
  // Conjugated or negated views: the elements are not the values.
  const isLazy = metadata instanceof Map && [...metadata.values()].includes(true);
  return isLazy ? new OddTensor("lazy view") : new TensorView(storage, offset, shape, stride);
}

/** (storage, offset, shape, stride, requires_grad, hooks, dtype): the storage is untyped. */
function rebuildTyped(args: unknown[]): StoredTensor {
  const [storage, dtype] = [args[0], args[6]];
  const name = dtype instanceof Global ? dtype.name.replace(/^torch\./, "") : "";
  if (!isStorage(storage)) throw new FormatError("it has a tensor without a storage");
  if (!Object.hasOwn(DTYPES, name)) return new OddTensor(name || "unknown");
  const typed = { dtype: DTYPES[name], width: dtypeBytes(DTYPES[name]), data: storage.data };
  return rebuildTensor([typed, ...args.slice(1, 4)]);
}

/** A tensor with a Python class or attributes of its own: (function, class, arguments, state). */
function rebuildSubclass([rebuild, , args]: unknown[]): unknown {
  if (!(rebuild instanceof Global) || !Array.isArray(args)) throw new FormatError("it has a tensor with a bad class");
  const [build] = [constructors.get(rebuild.name)];
  // Only functions that end: not itself.
  return build && build !== rebuildSubclass ? build(args) : oddTensor(rebuild.name);
}

const ODD = /^torch\._(?:utils|tensor)\._rebuild_(\w+?)$/;
const KINDS: Record<string, string> = { qtensor: "quantized", sparse_tensor: "sparse", meta_tensor_no_storage: "meta" };

function oddTensor(name: string): OddTensor {
  const kind = ODD.exec(name)?.[1] ?? "unknown";
  return new OddTensor(Object.hasOwn(KINDS, kind) ? KINDS[kind] : kind.replaceAll("_", " "));
}

function ordered(args: unknown[]): Map<unknown, unknown> {
  const dictionary = new Map<unknown, unknown>();
  for (const pair of Array.isArray(args[0]) ? args[0] : []) {
    if (!Array.isArray(pair) || pair.length !== 2) throw new FormatError("it has a dictionary of odd pairs");
    dictionary.set(pair[0], pair[1]);
  }
  return dictionary;
}

const constructors = new Map<string, Constructor>([
  ["collections.OrderedDict", ordered],
  ["torch._utils._rebuild_tensor_v3", rebuildTyped],
  ["torch._utils._rebuild_tensor_v2", rebuildTensor],
  ["torch._utils._rebuild_tensor", rebuildTensor],
  ["torch._utils._rebuild_parameter", ([tensor]) => tensor],
  ["torch._utils._rebuild_parameter_with_state", ([tensor]) => tensor],
  ["torch._tensor._rebuild_from_type_v2", rebuildSubclass],
  ["torch._tensor._rebuild_from_type", rebuildSubclass],
  ["torch.Size", ([sizes]) => sizes],
]);

/** Names the constructors of tensors and dictionaries; everything else stays a placeholder. */
export const rules = (persistent: Rules["persistent"]): Rules => ({
  find: (name) => constructors.get(name) ?? (ODD.test(name) ? () => oddTensor(name) : undefined),
  persistent,
});

function contiguous({ storage: { data: elementBytes, width }, offset, shape, stride }: TensorView): Uint8Array {
  const count = shape.reduce((n, d) => n * d, 1);
  const rowMajor = shape.map((_, i) => shape.slice(i + 1).reduce((n, d) => n * d, 1));
  if (count === 0 || shape.every((d, i) => d === 1 || stride[i] === rowMajor[i])) {
    return elementBytes.subarray(offset * width, (offset + count) * width);
  }
  const data = new Uint8Array(count * width);
  copyStrided(elements(data, width), elements(elementBytes, width), offset, shape, stride);
  return data;
}

type Elements = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

/** The same bytes as numbers of this size; copied if they are not aligned. */
function elements(bytes: Uint8Array, width: number): Elements {
  const Type = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array }[width]!;
  // Not slice(): a Buffer's would not copy.
  const { buffer, byteOffset, length } = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  return new Type(buffer as ArrayBuffer, byteOffset, Math.floor(length / width));
}

function copyStrided(to: Elements, from: Elements, offset: number, shape: number[], stride: number[]): void {
  // Axes with one element are skipped to save calls.
  const axes = shape.flatMap((d, i) => (d > 1 ? [i] : []));
  const last = axes.length - 1;
  let at = 0;
  const copy = (depth: number, begin: number): void => {
    const [length, step] = [shape[axes[depth]], stride[axes[depth]]];
    if (depth < last) for (let i = 0; i < length; i++) copy(depth + 1, begin + i * step);
    else for (let i = 0; i < length; i++) to[at++] = from[begin + i * step];
  };
  copy(0, offset);
}
