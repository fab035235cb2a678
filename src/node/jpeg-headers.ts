// What sharp's libjpeg does not read and DICOM has: headers and Huffman codes of JPEG (ITU T.81), for 12-bit DCT and lossless.

const SOF = { 192: "dct", 193: "dct", 194: "other", 195: "lossless" } as const;
export const damagedJpeg = () => new Error("the JPEG data are damaged or cut short");

/** Codes up to 8 bits by one look (length * 256 + symbol, 0 for longer ones), the longer by the largest code of each length. */
export interface Huffman {
  quick: Uint16Array;
  largest: Int32Array;
  /** Of each length: index of its first symbol minus its first code. */
  offset: Int32Array;
  symbols: Uint8Array;
}

export interface Jpeg {
  process: (typeof SOF)[keyof typeof SOF];
  precision: number;
  width: number;
  height: number;
  components: number;
  /** By table number; `quantization` in the zigzag's order. */
  dc: Huffman[];
  ac: Huffman[];
  quantization: Uint16Array[];
  quantizer: number;
  /** Blocks or samples between restart markers; 0: none. */
  restart: number;
  /** Of the first scan: its tables, first and last coefficient (lossless: predictor and 0), point transform, and where it starts. */
  scan: { dc: number; ac: number; first: number; last: number; shift: number; start: number };
  bytes: Buffer;
}

/** All up to the entropy-coded data of the first scan. */
export function readJpeg(bytes: Buffer): Jpeg {
  const jpeg: Partial<Jpeg> & Pick<Jpeg, "dc" | "ac" | "quantization"> = { dc: [], ac: [], quantization: [], restart: 0, bytes };
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) throw damagedJpeg();
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) throw damagedJpeg();
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    const body = bytes.subarray(at + 4, end);
    if (end > bytes.length || end < at + 4) throw damagedJpeg();
    if (marker === 0xc4) readHuffmans(body, jpeg);
    else if (marker === 0xdb) readQuantization(body, jpeg.quantization);
    else if (marker === 0xdd && body.length >= 2) jpeg.restart = body.readUInt16BE(0);
    else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc8 && marker !== 0xcc) readFrame(marker, body, jpeg);
    else if (marker === 0xda) return complete({ ...jpeg, scan: readScan(body, end) });
    at = end;
  }
  throw damagedJpeg();
}

function complete(jpeg: Partial<Jpeg>): Jpeg {
  if (jpeg.process === undefined) throw damagedJpeg();
  return jpeg as Jpeg;
}

function readFrame(marker: number, body: Buffer, jpeg: Partial<Jpeg>): void {
  if (!(marker in SOF)) throw new Error("the JPEG's process is not supported");
  if (body.length < 9 || jpeg.process !== undefined) throw damagedJpeg();
  jpeg.process = SOF[marker as keyof typeof SOF];
  jpeg.precision = body[0];
  jpeg.height = body.readUInt16BE(1);
  jpeg.width = body.readUInt16BE(3);
  jpeg.components = body[5];
  jpeg.quantizer = body[8];
}

function readScan(body: Buffer, start: number): Jpeg["scan"] {
  if (body[0] !== 1 || body.length < 6) throw new Error("not greyscale: its JPEG has several components");
  return { dc: body[2] >> 4, ac: body[2] & 15, first: body[3], last: body[4], shift: body[5] & 15, start };
}

function readQuantization(body: Buffer, tables: Uint16Array[]): void {
  for (let at = 0; at < body.length; ) {
    const wide = body[at] >> 4 ? 2 : 1;
    const values = at + 1;
    if (values + 64 * wide > body.length) throw damagedJpeg();
    tables[body[at] & 3] = Uint16Array.from({ length: 64 }, (_, i) =>
      wide === 2 ? body.readUInt16BE(values + 2 * i) : body[values + i],
    );
    at = values + 64 * wide;
  }
}

function readHuffmans(body: Buffer, { dc, ac }: Pick<Jpeg, "dc" | "ac">): void {
  for (let at = 0; at < body.length; ) {
    const counts = body.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, n) => sum + n, 0);
    if (counts.length < 16 || at + 17 + total > body.length) throw damagedJpeg();
    (body[at] >> 4 ? ac : dc)[body[at] & 3] = huffman(counts, body.subarray(at + 17, at + 17 + total));
    at += 17 + total;
  }
}

/** T.81 annex C: codes of a length count up; the next length goes on from twice the next code. */
function huffman(counts: Uint8Array, symbols: Uint8Array): Huffman {
  const table = { quick: new Uint16Array(256), largest: new Int32Array(17).fill(-1), offset: new Int32Array(17), symbols };
  let [code, index] = [0, 0];
  for (let length = 1; length <= 16; length++) {
    table.offset[length] = index - code;
    for (let i = 0; i < counts[length - 1]; i++, code++, index++) {
      if (code >= 2 ** length) throw damagedJpeg();
      const from = code << (8 - length);
      if (length <= 8) table.quick.fill((length << 8) | symbols[index], from, from + 2 ** (8 - length));
      table.largest[length] = code;
    }
    code *= 2;
  }
  return table;
}
