// `predict --map`: a JPEG per image, the X-ray with the class activation map as an overlay.
import { dirname, join, relative, resolve, sep } from "node:path";
import { sharedStart } from "../../data/shared-start.js";
import type { PixelRows } from "../../data/types.js";
import { decodeImage } from "../../node/decode.js";
import { makeFolder, writeFileAtomic } from "../../node/files.js";
import { overlay } from "../../pictures/overlay.js";
import { asJpeg, smallXray } from "../../pictures/xray.js";
import { explain } from "../../train/explain.js";
import type { Network } from "../../train/network.js";

/** Maps per step. */
export const EXAMPLES = 8;
/** Maximum width in pixels. */
const WIDTH = 512;
const QUALITY = 85;

export interface MapWriter {
  /** Explains the chosen rows and writes their pictures. Row 0 is file number `first`. Returns the paths of the pictures. */
  write(rows: PixelRows, chosen: number[], first: number): Promise<string[]>;
}

export async function createMapWriter(network: Network, folder: string, files: string[], called: string[]): Promise<MapWriter> {
  await makeFolder(folder);
  const names = mapNames(called);
  return {
    async write(rows, chosen, first) {
      const maps = await explain(network, rows, chosen);
      return Promise.all(
        chosen.map(async (row, i) => {
          const path = join(folder, names[first + row]);
          const xray = await smallXray(await decodeImage(files[first + row]), WIDTH);
          await writeFileAtomic(path, await asJpeg(overlay(xray, maps[i]), xray, QUALITY));
          return path;
        }),
      );
    },
  };
}

/** "ward/a.png" becomes "ward/a-map.jpg", relative to the files' common folder. The next file with this name gets "-map-2". */
export function mapNames(files: string[]): string[] {
  const root = sharedFolder(files);
  const taken = new Map<string, number>();
  return files.map((file) => {
    const stem = relative(root, resolve(file)).replace(/\.[^./\\]*$/, "");
    const count = (taken.get(stem) ?? 0) + 1;
    taken.set(stem, count);
    return `${stem}-map${count > 1 ? `-${count}` : ""}.jpg`;
  });
}

function sharedFolder(files: string[]): string {
  return sharedStart(files.map((file) => dirname(resolve(file)).split(sep))).join(sep) || sep;
}
