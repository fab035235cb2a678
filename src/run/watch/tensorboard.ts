// TensorBoard event files: TFRecords of protobuf messages (tensorflow/core/lib/io/record_writer.h, core/util/event.proto).
import { randomBytes } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { PbfWriter } from "pbf";
import { CRC32C, createCrc } from "../../formats/crc.js";
import { makeFolder } from "../../node/files.js";
import { HOST } from "../../node/process-identity.js";
import { refuseUnwritable } from "../../node/write-errors.js";

export const crc32c = createCrc(CRC32C);

/** TensorFlow's masked CRC: the CRC of data that contains CRCs would otherwise be weak. */
const masked = (bytes: Uint8Array): number => {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
};

/** Length, CRC of the length, data, CRC of the data. */
export function record(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, masked(data), true);
  return bytes;
}

const VERSION = "brain.Event:2";

export interface Scalar {
  tag: string;
  value: number;
}

/** Event: wall_time = 1, step = 2, file_version = 3, summary = 5; Summary: value = 1; Value: tag = 1, simple_value = 2. */
export function event(seconds: number, content: { version: string } | { step: number; scalars: Scalar[] }): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeDoubleField(1, seconds);
  if ("version" in content) pbf.writeStringField(3, content.version);
  else {
    pbf.writeVarintField(2, content.step);
    const writeValue = ({ tag, value }: Scalar, to: PbfWriter) => {
      to.writeStringField(1, tag);
      to.writeFloatField(2, value);
    };
    pbf.writeMessage(
      5,
      (scalars: Scalar[], to) => scalars.forEach((scalar) => to.writeMessage(1, writeValue, scalar)),
      content.scalars,
    );
  }
  return pbf.finish();
}

export interface EventFile {
  /** Buffered until `flush`. */
  add(step: number, scalars: Scalar[]): void;
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Creates a new file in the folder. TensorBoard shows the folder as a run and joins the files of a resumed run. */
export async function createEventFile(folder: string, now = Date.now()): Promise<EventFile> {
  await makeFolder(folder);
  const name = `events.out.tfevents.${Math.floor(now / 1000)}.${HOST}.${process.pid}.${randomBytes(4).toString("hex")}`;
  const path = join(folder, name);
  const file: FileHandle = await open(path, "ax");
  let waiting = [record(event(now / 1000, { version: VERSION }))];
  let last = Promise.resolve();
  const flush = () => {
    const records = waiting;
    waiting = [];
    last = last.then(() =>
      records.length > 0 ? file.appendFile(Buffer.concat(records)).catch(refuseUnwritable(path)) : undefined,
    );
    return last;
  };
  await flush();
  return {
    add: (step, scalars) => void waiting.push(record(event(Date.now() / 1000, { step, scalars }))),
    flush,
    async close() {
      await flush();
      await file.close();
    },
  };
}
