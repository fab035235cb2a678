import { damagedImage } from "../faults.js";
import { BitReader } from "./bits.js";
import { type Huffman, type Jpeg, unsupportedProcess } from "./headers.js";

/** Index in the block of the k-th coefficient: along the anti-diagonals, alternately up and down. */
const ZIGZAG = Array.from({ length: 64 }, (_, i) => i).sort((p, q) => {
  const [sum, other] = [p, q].map((i) => (i >> 3) + (i & 7));
  return sum - other || (sum % 2 ? p - q : q - p);
});

/** C[x][u] = cos((2x + 1) u pi / 16) / 2, for u = 0 also / sqrt(2). */
const COSINES = Float64Array.from({ length: 64 }, (_, i) => {
  const [x, u] = [i >> 3, i & 7];
  return (Math.cos(((2 * x + 1) * u * Math.PI) / 16) / 2) * (u === 0 ? Math.SQRT1_2 : 1);
});

/**
 * T.81 annex F: sequential Huffman-coded DCT of 12 bits and one component, in rows of 8x8 blocks; a single component ignores its
 * sampling factors. All 64 coefficients are read, as libjpeg does, even if the scan declares fewer.
 */
export function decodeExtended({
  process,
  bytes,
  scan,
  dc,
  ac,
  quantization,
  quantizer,
  width,
  height,
  restart,
}: Jpeg): Uint16Array {
  if (process !== "dct") throw unsupportedProcess();
  const [dcTable, acTable, steps] = [dc[scan.dc], ac[scan.ac], quantization[quantizer]];
  if (!dcTable || !acTable || !steps) throw damagedImage();
  const reader = new BitReader(bytes, scan.start);
  const samples = new Uint16Array(width * height);
  const block = new Float64Array(64);
  const across = Math.ceil(width / 8);
  const count = across * Math.ceil(height / 8);
  let mean = 0;
  for (let i = 0; i < count; i++) {
    if (restart > 0 && i > 0 && i % restart === 0) {
      reader.restart();
      mean = 0;
    }
    mean = readBlock(reader, { dcTable, acTable, steps }, mean, block);
    inverseDct(block);
    const [left, top] = [(i % across) * 8, Math.floor(i / across) * 8];
    for (let y = top; y < Math.min(top + 8, height); y++) {
      for (let x = left; x < Math.min(left + 8, width); x++) {
        const level = Math.round(block[(y - top) * 8 + x - left] + 2048);
        samples[y * width + x] = Math.min(Math.max(level, 0), 4095);
      }
    }
  }
  reader.end();
  return samples;
}

/** Dequantized coefficients of one block. Returns its quantized mean, which predicts the next block's. */
function readBlock(
  reader: BitReader,
  { dcTable, acTable, steps }: { dcTable: Huffman; acTable: Huffman; steps: Uint16Array },
  previous: number,
  block: Float64Array,
): number {
  block.fill(0);
  const size = reader.symbol(dcTable);
  if (size > 16) throw damagedImage();
  const mean = previous + reader.signed(size);
  block[0] = mean * steps[0];
  for (let k = 1; k < 64; k++) {
    const symbol = reader.symbol(acTable);
    const [run, bits] = [symbol >> 4, symbol & 15];
    if (bits === 0 && run < 15) break;
    k += run;
    if (k > 63) throw damagedImage();
    block[ZIGZAG[k]] = reader.signed(bits) * steps[k];
  }
  return mean;
}

const columns = new Float64Array(64);

/** f[y][x] = sum over v, u of C[y][v] C[x][u] F[v][u], in place: columns, then rows. */
function inverseDct(block: Float64Array): void {
  for (let y = 0; y < 8; y++) {
    for (let u = 0; u < 8; u++) {
      let sum = 0;
      for (let v = 0; v < 8; v++) sum += COSINES[y * 8 + v] * block[v * 8 + u];
      columns[y * 8 + u] = sum;
    }
  }
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) {
      let sum = 0;
      for (let u = 0; u < 8; u++) sum += COSINES[x * 8 + u] * columns[y * 8 + u];
      block[y * 8 + x] = sum;
    }
  }
}
