// Models: the state of a training, .pulmo, ONNX's messages, and pickles.
import { crc32, deflateRawSync } from "node:zlib";
import type { AdversarialCase } from "../adversarial.js";
import { safetensors, u32, zip } from "./bytes.js";

type Case = [name: string, bytes: () => Uint8Array, quick?: boolean];

const stated = (training: string) => safetensors(JSON.stringify({ __metadata__: { model: "logistic", training } }));

const STATES: Case[] = [
  ["a state of 20 MB of [", () => stated("[".repeat(20e6))],
  ["a state of three million numbers", () => stated(`{"state":{"history":[${"0,".repeat(3e6)}0]}}`)],
  ["a state of 300,000 epochs", () => stated(`{"state":{"history":[${'{"loss":1,"accuracy":1,"seconds":1},'.repeat(3e5)}0]}}`)],
  ["1.9 million metadata", () => safetensors(`{"__metadata__":{${Array.from({ length: 1.9e6 }, (_, i) => `"${i}":""`)}}}`)],
];

/** A .pulmo file whose lengths and checksum are right. `places`: 32-bit numbers of its header. */
function pulmo(json: string, places: [at: number, value: number][] = [], bytes = 0): Uint8Array {
  const text = Buffer.from(json);
  const file = Buffer.concat([Buffer.alloc(128), text, Buffer.alloc(bytes)]);
  file.write("PULMOMDL", "latin1");
  file.writeDoubleLE(0.5, 32);
  const facts: [number, number][] = [[8, 1], [12, file.length], [20, 224], [52, 128], [56, text.length], ...places];
  for (const [at, value] of facts) file.writeUInt32LE(value, at);
  file.writeUInt32LE(crc32(file.subarray(20)), 16);
  return file;
}

const MOST = 0xffffffff;

const PULMOS: Case[] = [
  ["20 MB of [", () => pulmo("[".repeat(20e6))],
  ["three million metadata", () => pulmo(`{"a":[${"0,".repeat(3e6)}0]}`)],
  ["60 MB of blanks", () => pulmo(" ".repeat(60e6))],
  [
    "4 GiB of weights",
    () =>
      pulmo('{"model":"resnet18"}', [
        [44, 128],
        [48, MOST],
      ]),
    true,
  ],
  [
    "packed weights of 4 GiB",
    () =>
      pulmo('{"model":"resnet18"}', [
        [28, MOST],
        [44, 128],
        [48, MOST],
      ]),
    true,
  ],
  [
    "60 MB of zeros as weights",
    () =>
      pulmo(
        '{"model":"logistic"}',
        [
          [44, 148],
          [48, 60e6],
        ],
        60e6,
      ),
  ],
  [
    "statistics of 4 GiB",
    () =>
      pulmo('{"model":"logistic"}', [
        [108, 128],
        [112, MOST],
      ]),
    true,
  ],
  [
    "numbers that are all as large as possible",
    () =>
      pulmo(
        "{}",
        Array.from({ length: 27 }, (_, i) => [20 + 4 * i, MOST]),
      ),
    true,
  ],
];

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}

/** A field of protobuf with a length. */
const field = (number: number, body: Uint8Array): Buffer => Buffer.concat([varint(number * 8 + 2), varint(body.length), body]);

function nested(levels: number, number: number): Buffer {
  const heads: Buffer[] = [];
  let length = 0;
  for (let i = 0; i < levels; i++) {
    const head = Buffer.concat([varint(number * 8 + 2), varint(length)]);
    heads.push(head);
    length += head.length;
  }
  return Buffer.concat(heads.reverse());
}

const onnx = (graph: Uint8Array, more: Uint8Array = new Uint8Array(0)): Uint8Array =>
  Buffer.concat([Buffer.from([8, 8]), field(7, graph), more]);

const dims = (...sizes: number[]) => Buffer.concat(sizes.flatMap((size) => [Buffer.from([8]), varint(size)]));
const EMPTY = Buffer.from([0x2a, 0]);
const float = (name: Uint8Array): Buffer =>
  Buffer.concat([dims(1), Buffer.from([0x10, 1]), field(8, name), field(9, Buffer.alloc(4))]);
const VALID = field(5, float(Buffer.from("a")));

const ONNXS: Case[] = [
  ["a million messages in one another", () => onnx(nested(1e6, 7))],
  ["30 million empty initializers", () => onnx(Buffer.alloc(60e6, EMPTY))],
  ["30 million empty nodes", () => onnx(Buffer.concat([VALID, Buffer.alloc(60e6, Buffer.from([0x0a, 0]))]))],
  ["30 million empty metadata", () => onnx(VALID, Buffer.alloc(60e6, Buffer.from([0x72, 0])))],
  ["30 million fields that nobody knows", () => onnx(VALID, Buffer.alloc(60e6, Buffer.from([0x78, 0])))],
  ["a tensor of 30 million dimensions", () => onnx(field(5, Buffer.alloc(60e6, dims(1))))],
  ["a tensor of 60 million packed dimensions", () => onnx(field(5, field(1, Buffer.alloc(60e6, 1))))],
  ["a tensor of 10^15 numbers", () => onnx(field(5, Buffer.concat([dims(1e5, 1e5, 1e5), Buffer.from([0x10, 1])]))), true],
  ["a million tensors of one name", () => onnx(Buffer.alloc(VALID.length * 1e6, VALID))],
  ["300,000 tensors", () => onnx(Buffer.concat(Array.from({ length: 3e5 }, (_, i) => field(5, float(Buffer.from(String(i)))))))],
  ["60 MB of groups", () => onnx(VALID, Buffer.alloc(60e6, 0x7b))],
];

const ascii = (text: string) => Buffer.from(text, "latin1");
const PROTOCOL = Buffer.from([0x80, 2]);
const STOP = ascii(".");

/** As torch.save of today packs a pickle. */
const packed = (pickle: Uint8Array): Uint8Array => zip([{ name: "archive/data.pkl", content: pickle, stored: true }]);
const pickle = (...parts: Uint8Array[]): Uint8Array => packed(Buffer.concat([PROTOCOL, ...parts, STOP]));
const long = (text: Uint8Array): Buffer => Buffer.concat([ascii("X"), u32(text.length), text]);

const PICKLES: Case[] = [
  ["9 million tuples in one another", () => pickle(ascii(")"), Buffer.alloc(9e6, 0x85))],
  ["9 million lists in one another", () => pickle(Buffer.alloc(4.5e6, "]"), Buffer.alloc(4.4e6, "a"))],
  ["60 million marks", () => pickle(Buffer.alloc(60e6, "("))],
  ["a string of 60 MB", () => pickle(long(Buffer.alloc(60e6, "a")))],
  [
    "a string of 60 MB that is copied into a dictionary a million times",
    () => pickle(ascii("}"), long(Buffer.alloc(30e6, "a")), ascii("q\0"), Buffer.alloc(3e6, ascii("h\0s"))),
  ],
  ["a string that says 4 GiB", () => pickle(ascii("X"), u32(MOST)), true],
  ["memo number 4 billion", () => pickle(ascii("]r"), u32(MOST)), true],
  [
    "3 million memo numbers",
    () => pickle(ascii("]"), Buffer.concat(Array.from({ length: 3e6 }, (_, i) => Buffer.concat([ascii("r"), u32(i * 1000)])))),
  ],
  [
    "a list that doubles 60 times",
    () => pickle(ascii("]q\0"), Buffer.concat(Array.from({ length: 60 }, () => ascii("h\0h\0\x86q\0")))),
    true,
  ],
  ["8 million small lists", () => pickle(Buffer.alloc(8e6, "]"))],
  ["a long integer of 60 MB", () => pickle(Buffer.from([0x8b]), u32(60e6), Buffer.alloc(60e6, 1))],
  ["an integer of 60 million digits", () => pickle(ascii("I"), Buffer.alloc(60e6, "1"), ascii("\n"))],
  ["two million persistent numbers", () => pickle(Buffer.alloc(6e6, ascii("K\0Q")))],
  [
    "100 million zeros, deflated",
    () => {
      const content = Buffer.concat([PROTOCOL, Buffer.alloc(100e6, "]"), STOP]);
      const small = deflateRawSync(content);
      return zip([{ name: "archive/data.pkl", content: small, stored: true, says: { method: 8, size: content.length } }]);
    },
  ],
];

const cases = (area: string, found: Case[]): AdversarialCase[] =>
  found.map(([name, bytes, quick = false]) => ({ area, name, quick, bytes }));

export const models: AdversarialCase[] = [
  ...cases("checkpoint", STATES),
  ...[".pulmo in the page", ".pulmo to train", ".pulmo as checkpoint"].flatMap((area) => cases(area, PULMOS)),
  ...cases(".onnx", ONNXS),
  ...cases(".pth", PICKLES),
];
