// .pth files of PyTorch: any object pickled by torch.save, in one of three containers.
//   zip     <name>/data.pkl, and each storage's bytes as <name>/data/<key> (since PyTorch 1.6)
//   stream  magic number, protocol, system, the object, the storages' keys, each storage: length, bytes (before 1.6)
//   tar     files `pickle`, `tensors`, `storages` (before 0.1.10)
// Formats: torch/serialization.py of PyTorch 1.13. The unpickler is restricted: no code of the file is run.
import { FormatError, MAX_DIMENSIONS } from "../core/tensors.js";
import { type Rules, unpickle } from "./pickle.js";
import { findStateDicts, type StateDict } from "./state-dicts.js";
import { rebuildTensor, rules, type Storage, type StorageType, storageType } from "./torch-values.js";
import { unzip } from "./zip.js";

/** Tensors may share a storage. The tensors of a dictionary together may have at most this many times the size of the file. */
const TIMES_SHARED = 4;
/** torch.save does not compress, but PyTorch reads archives that were packed again. Weights hardly get smaller. */
const TIMES_COMPRESSED = 8;
const STREAM_MAGIC = "0x1950a86a20f9469cfc6c";
const STREAM_PROTOCOL = 1001;

const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;

/** Keys are strings; in the oldest files numbers. */
function keyText(key: unknown): string {
  if (typeof key === "string" || typeof key === "number") return String(key);
  throw new FormatError("it has a key that is neither a string nor a number");
}

/** The parts of ("storage", type, key, location, length). */
function storageId(id: unknown): StorageType & { key: string; count: number } {
  if (Array.isArray(id) && id[0] === "storage") {
    const type = storageType(id[1]);
    const [key, count] = [id[2], id[4]];
    if (type && typeof key === "string" && isCount(count)) return { ...type, key, count };
  }
  throw new FormatError("it refers to something that is not a storage");
}

/** The dictionaries of tensors in a .pth file; at least one. Throws FormatError, or the errors of the zip reader. */
export function parseTorch(bytes: Uint8Array): StateDict[] {
  const isTar = startsWith(bytes.subarray(257), "ustar");
  const parse = startsWith(bytes, "PK") ? parseZip : isTar ? parseTar : parseStream;
  return findStateDicts(parse(bytes), TIMES_SHARED * bytes.length);
}

const startsWith = (bytes: Uint8Array, text: string): boolean =>
  [...text].every((letter, i) => bytes[i] === letter.charCodeAt(0));

function parseZip(bytes: Uint8Array): unknown {
  const files = unzip(bytes, TIMES_COMPRESSED * bytes.length);
  const pickle = [...files.keys()].find((name) => name === "data.pkl" || name.endsWith("/data.pkl"));
  if (pickle === undefined) throw new FormatError("its zip archive holds no data.pkl");
  const root = pickle.slice(0, -"data.pkl".length);
  const order = files.get(`${root}byteorder`);
  if (order && new TextDecoder().decode(order).trim() !== "little")
    throw new FormatError("it was written on a big-endian machine");
  const storages = new Map<string, Storage>();
  return unpickle(
    files.get(pickle)!,
    0,
    rules((id) => {
      const { dtype, width, key, count } = storageId(id);
      const known = storages.get(key);
      if (known) return sameType(known, dtype);
      const data = files.get(`${root}data/${key}`);
      if (data?.length !== count * width)
        throw new FormatError(`its storage ${JSON.stringify(keyText(key).slice(0, 100))} is missing or of another size`);
      const storage = { dtype, width, data };
      storages.set(key, storage);
      return storage;
    }),
  ).value;
}

function sameType<T extends Storage>(storage: T, dtype: string): T {
  if (storage.dtype !== dtype) throw new FormatError("it uses a storage with two types");
  return storage;
}

const nothing = rules(() => {
  throw new FormatError("it refers to a storage where there is none");
});

/** Each storage of a plain pickle is a whole file of torch.save. */
const plain: Rules = {
  persistent: nothing.persistent,
  find(name) {
    // Protocols 1 and 2 keep bytes as text.
    if (name === "_codecs.encode") return ([text]) => (typeof text === "string" ? Buffer.from(text, "latin1") : undefined);
    if (name !== "torch.storage._load_from_bytes") return nothing.find(name);
    return ([bytes]) => (bytes instanceof Uint8Array ? parseStream(bytes, nothing) : undefined);
  },
};

/** `first`: how the first pickle is read, which is the whole file if torch.save has not written it. */
function parseStream(bytes: Uint8Array, first = plain): unknown {
  const magic = unpickle(bytes, 0, first);
  if (first === plain && typeof magic.value === "object") return magic.value;
  if (typeof magic.value !== "bigint" || `0x${magic.value.toString(16)}` !== STREAM_MAGIC) {
    throw new FormatError(
      "it is a Python pickle, but not one of torch.save: load it in Python, then torch.save(model.state_dict(), file)",
    );
  }
  const protocol = unpickle(bytes, magic.end, nothing);
  if (protocol.value !== STREAM_PROTOCOL) throw new FormatError(`its protocol is not ${STREAM_PROTOCOL}`);
  const system = unpickle(bytes, protocol.end, nothing);
  if (!(system.value instanceof Map) || system.value.get("little_endian") === false) {
    throw new FormatError("it was written on a big-endian machine");
  }
  // The object gives the lengths before the bytes follow: storages stay empty until the list of keys after the object.
  const storages = new Map<string, Storage & { count: number }>();
  let claimed = 0;
  const object = unpickle(
    bytes,
    system.end,
    rules((id) => {
      // A module's class comes with its source code.
      if (Array.isArray(id) && id[0] === "module") return id[1];
      const { dtype, width, key, count } = storageId(id);
      if (Array.isArray(id) && Array.isArray(id[5])) throw new FormatError("it has views of storages, which pulmo does not read");
      const known = storages.get(key);
      if (known) return sameType(known, dtype);
      claimed += count * width;
      if (claimed > bytes.length) throw new FormatError("it is cut short: its storages are larger than the file");
      const storage = { dtype, width, count, data: new Uint8Array(count * width) };
      storages.set(key, storage);
      return storage;
    }),
  );
  const keys = unpickle(bytes, object.end, nothing);
  if (!Array.isArray(keys.value)) throw new FormatError("it lacks the list of its storages");
  let at = keys.end;
  for (const key of keys.value) {
    const storage = storages.get(keyText(key));
    if (!storage) throw new FormatError("it lists a storage that no tensor has");
    at = readStorage(bytes, at, storage, storage.count);
    storages.delete(keyText(key));
  }
  if (storages.size > 0) throw new FormatError("some of its storages are missing");
  return object.value;
}

/** Reads length (int64) and elements; returns the place after them. */
function readStorage(bytes: Uint8Array, at: number, storage: Storage, count: number | undefined): number {
  const found = int64(bytes, at);
  const size = found * storage.width;
  if ((count !== undefined && found !== count) || at + 8 + size > bytes.length)
    throw new FormatError("one of its storages is cut off or of another size");
  storage.data = bytes.subarray(at + 8, at + 8 + size);
  return at + 8 + size;
}

function int64(bytes: Uint8Array, at: number): number {
  if (at + 8 > bytes.length) throw new FormatError("it is cut off");
  const value = Number(new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getBigInt64(at, true));
  if (!isCount(value)) throw new FormatError("it claims an impossible length");
  return value;
}

function parseTar(bytes: Uint8Array): unknown {
  const files = tarEntries(bytes);
  const [storages, tensors, pickle] = ["storages", "tensors", "pickle"].map((name) => {
    const file = files.get(name);
    if (!file) throw new FormatError(`it is a tar archive without ${name}, so torch.save has not written it: unpack it first`);
    return file;
  });
  const objects = new Map<string, unknown>();
  let { value: count, end: at } = unpickle(storages, 0, nothing);
  for (let i = 0; i < Number(count); i++) {
    const head = unpickle(storages, at, nothing);
    const [key, , type] = Array.isArray(head.value) ? head.value : [];
    const known = storageType(type);
    if (!known) throw new FormatError("it has a storage of an unknown type");
    const storage: Storage = { ...known, data: new Uint8Array() };
    at = readStorage(storages, head.end, storage, undefined);
    objects.set(keyText(key), storage);
  }
  ({ value: count, end: at } = unpickle(tensors, 0, nothing));
  for (let i = 0; i < Number(count); i++) {
    const head = unpickle(tensors, at, nothing);
    const [key, storage] = Array.isArray(head.value) ? head.value : [];
    const dimensions = head.end < tensors.length ? tensors[head.end] : MAX_DIMENSIONS + 1;
    if (dimensions > MAX_DIMENSIONS) throw new FormatError("it has a tensor with a bad shape");
    // The number of dimensions has eight bytes; sizes, strides and the offset follow.
    const numbers = Array.from({ length: 2 * dimensions + 1 }, (_, k) => int64(tensors, head.end + 8 + 8 * k));
    at = head.end + 8 + 8 * numbers.length;
    const args = [
      objects.get(keyText(storage)),
      numbers[2 * dimensions],
      numbers.slice(0, dimensions),
      numbers.slice(dimensions, -1),
    ];
    objects.set(keyText(key), rebuildTensor(args));
  }
  return unpickle(
    pickle,
    0,
    rules((id) => objects.get(keyText(id))),
  ).value;
}

/** Files of a ustar archive: a header of 512 bytes with the name at 0 and the size, octal, at 124; contents in blocks of 512. */
function tarEntries(bytes: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const text = (from: number, length: number) => new TextDecoder().decode(bytes.subarray(from, from + length)).split("\0")[0];
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12).trim() || "0", 8);
    if (!isCount(size) || at + 512 + size > bytes.length) throw new FormatError("its tar archive is cut off");
    files.set(text(at, 100).replace(/^\.\//, ""), bytes.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
