// Images are read in order while later ones are being decoded.
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decodeImage } from "#pulmo/node/decode.js";
import { decodeStream } from "#pulmo/node/decode-stream.js";
import { openDecoder } from "#pulmo/node/decoder.js";
import { makeResizer } from "#pulmo/node/resizer.js";
import { temporaryFolder } from "../data/places.js";

const test = suite("decodeStream");

const SIZE = 8;
const folder = temporaryFolder();
const image = (i: number) => join(folder, `${i}.png`);
const COUNT = 5;
for (let i = 0; i < COUNT; i++) {
  await sharp({ create: { width: 19 + i, height: 21, channels: 3, background: { r: 40 * i, g: 255 - 40 * i, b: i } } }).toFile(
    image(i),
  );
}
const resize = makeResizer(SIZE);
const expected = await Promise.all(Array.from({ length: COUNT }, async (_, i) => resize(await decodeImage(image(i)))));
const temporaries = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`pulmo.pixels.${process.pid}.`));

test("more files than rows: every image has its own pixels; an unreadable one is zeros", async () => {
  const files = Array.from({ length: 500 }, (_, i) => (i % 50 === 7 ? join(folder, "nowhere.png") : image(i % COUNT)));
  for (const threads of [1, 3]) {
    const stream = await decodeStream(files, { size: SIZE, threads });
    // A step reads several images concurrently.
    for (let first = 0; first < files.length; first += 20) {
      await Promise.all(
        Array.from({ length: 20 }, async (_, k) => {
          const pixels = new Uint8Array(SIZE * SIZE * 3).fill(1);
          const record = await stream.read(first + k, pixels);
          const unreadable = (first + k) % 50 === 7;
          assert.is(record.transient === true, unreadable);
          assert.equal(pixels, unreadable ? new Uint8Array(pixels.length) : expected[(first + k) % COUNT]);
        }),
      );
    }
    await stream.close();
    assert.equal(temporaries(), []);
  }
});

test("a decoder that was started for one image decodes many too, and the other way round", async () => {
  for (const [count, expectedThreads] of [
    [40, 1],
    [1, 2],
  ]) {
    const files = Array.from({ length: count }, (_, i) => image(i % COUNT));
    const stream = await decodeStream(files, { size: SIZE, threads: 2, decoder: openDecoder(2, expectedThreads) });
    for (const i of files.keys()) {
      const pixels = new Uint8Array(SIZE * SIZE * 3);
      await stream.read(i, pixels);
      assert.equal(pixels, expected[i % COUNT]);
    }
    await stream.close();
  }
});

test("closing early leaves no files", async () => {
  const stream = await decodeStream(
    Array.from({ length: 100 }, () => image(0)),
    { size: SIZE, threads: 2 },
  );
  await stream.read(0, new Uint8Array(SIZE * SIZE * 3));
  await stream.close();
  assert.equal(temporaries(), []);
});

test.run();
