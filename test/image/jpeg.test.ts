// The walk over a JPEG's marker segments, which the page, DICOM's JPEG and JPEG-LS share.
import { inflateRawSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readJpeg } from "#pulmo/image/jpeg/headers.js";
import { loadTurbo } from "#pulmo/image/jpeg/load-turbo.js";
import { MARKER, readFrameHeader, segmentsToScan, startsFrame } from "#pulmo/image/jpeg/markers.js";
import { decodeJpeg } from "#pulmo/image/jpeg/turbo.js";
import { patterned } from "../data/patterned.js";

const test = suite("image: jpeg");
const DAMAGED = /^the image data are damaged or cut short$/;
const SOI = [0xff, 0xd8];
const SCAN = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0];
const walk = (...bytes: number[]) => [...segmentsToScan(Uint8Array.from(bytes))];

test("segments have their marker, body and place; fill bytes may precede a marker; the scan's header is the last", () => {
  const segments = walk(...SOI, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, 0xff, 0xfe, 0, 2, ...SCAN, 9, 9);
  assert.equal(
    segments.map(({ marker, body, start, end }) => [marker, [...body], start, end]),
    [
      [0xe0, [1, 2], 2, 8],
      [0xfe, [], 10, 14],
      [MARKER.SOS, [1, 1, 0, 0, 63, 0], 14, 24],
    ],
  );
});

test("damaged: no SOI, no marker, a length too small or too large, no scan", () => {
  for (const bytes of [
    [],
    SCAN,
    [...SOI, 0, ...SCAN],
    [...SOI, 0xff, 0xe0, 0, 1, ...SCAN],
    [...SOI, 0xff, 0xe0, 0, 99, ...SCAN],
    SOI,
    [...SOI, 0xff, 0xe0, 0, 2],
  ]) {
    assert.throws(() => walk(...bytes), DAMAGED, String(bytes));
  }
});

test("a frame starts at SOF0 to SOF15 and SOF55, not at DHT, JPG and DAC", () => {
  const markers = Array.from({ length: 256 }, (_, marker) => marker).filter(startsFrame);
  assert.equal(markers, [0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf, 0xf7]);
  assert.equal(readFrameHeader(Uint8Array.of(8, 1, 2, 3, 4, 3)), { precision: 8, height: 258, width: 772, components: 3 });
  assert.throws(() => readFrameHeader(Uint8Array.of(8, 1, 2, 3, 4)), DAMAGED);
});

test("the headers of a JPEG that sharp has written", async () => {
  const jpeg = readJpeg(await patterned(90, 60, 1).toColourspace("b-w").jpeg().toBuffer());
  assert.equal([jpeg.process, jpeg.precision, jpeg.width, jpeg.height, jpeg.components], ["dct", 8, 90, 60, 1]);
  assert.equal([jpeg.dc.length, jpeg.ac.length, jpeg.quantization[jpeg.quantizer].length], [1, 1, 64]);
  const colour = await patterned(90, 60, 3).jpeg().toBuffer();
  assert.throws(() => readJpeg(colour), /^not greyscale: its JPEG has several components$/);
});

test("files share an instance of libjpeg-turbo until one is damaged, with the same pixels", async () => {
  const bounds = { pixels: 1e8, edge: 65_535 };
  const load = () => loadTurbo((bytes) => inflateRawSync(bytes));
  const [large, small] = await Promise.all(
    [patterned(300, 200, 3), patterned(90, 60, 1).toColourspace("b-w")].map((one) => one.jpeg().toBuffer()),
  );
  const { instantiate } = WebAssembly;
  let instances = 0;
  WebAssembly.instantiate = ((...given: Parameters<typeof instantiate>) => {
    instances++;
    return instantiate(...given);
  }) as typeof instantiate;
  try {
    const first = await decodeJpeg(small, bounds, load);
    const pixels = await decodeJpeg(large, bounds, load);
    assert.equal(await decodeJpeg(small, bounds, load), first);
    assert.is(instances, 1);
    // Cut short in its last scan, which libjpeg-turbo finds.
    const whole = await patterned(300, 200, 3).jpeg({ progressive: true }).toBuffer();
    const cut = Buffer.concat([whole.subarray(0, whole.length - 500), Buffer.of(0xff, 0xd9)]);
    await decodeJpeg(cut, bounds, load).then(
      () => assert.unreachable("decoded"),
      (error) => assert.match(error.message, DAMAGED),
    );
    assert.equal(await decodeJpeg(large, bounds, load), pixels);
    assert.is(instances, 2);
    // At the same time: each has its own.
    const both = await Promise.all([decodeJpeg(small, bounds, load), decodeJpeg(large, bounds, load)]);
    assert.equal(both, [first, pixels]);
  } finally {
    WebAssembly.instantiate = instantiate;
  }
});

test.run();
