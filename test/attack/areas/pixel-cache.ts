// The pixel cache under attack. One that is refused is made anew: here from the rows at hand, since decoding has its own areas.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openPixels } from "#pulmo/data/cache.js";
import { readManifest } from "#pulmo/data/manifest.js";
import type { DecodedRow } from "#pulmo/node/decode-rows.js";
import { temporaryFolder } from "../../data/places.js";
import { repairPixels } from "../repairs.js";
import type { OpenArea } from "./area.js";

const SIZE = 8;

export async function pixelCache(root: string): Promise<OpenArea> {
  const cacheDir = temporaryFolder();
  const scanned = await readManifest(root);
  let rows: DecodedRow[] | undefined;
  let whole = Buffer.alloc(0);
  const manifest = {
    ...scanned,
    source: {
      ...scanned.source,
      async decode(...request: Parameters<typeof scanned.source.decode>) {
        if (rows) writeFileSync(request[0].cacheFile, whole.subarray(0, rows.length * SIZE * SIZE * 3));
        rows ??= await scanned.source.decode(...request);
        return rows;
      },
    },
  };
  const open = () => openPixels(manifest, { size: SIZE, strict: false, threads: 1, cacheDir });
  await (await open()).close();
  const path = join(cacheDir, readdirSync(cacheDir)[0]);
  whole = readFileSync(path);
  return {
    corpus: [whole],
    repair: repairPixels,
    async read(given) {
      writeFileSync(path, given);
      const cache = await open();
      try {
        let row = 0;
        for (const { images, rowBytes, read } of Object.values(cache.splits)) {
          for (const i of images.keys()) {
            const pixels = new Uint8Array(rowBytes);
            await read(i, pixels);
            const right = whole.subarray(rowBytes * row++).subarray(0, rowBytes);
            if (!right.equals(pixels)) throw new TypeError(`row ${row} is other pixels`);
          }
        }
      } finally {
        await cache.close();
      }
    },
  };
}
