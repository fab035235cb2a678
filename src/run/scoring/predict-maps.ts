// `predict --map`: a JPEG per image, the X-ray with the class activation map as an overlay.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import nodePath, { join, resolve } from "node:path";
import { InputError } from "../../core/errors.js";
import { sharedStart } from "../../data/shared-start.js";
import type { PixelRows } from "../../data/types.js";
import { withMapMark } from "../../image/map-mark.js";
import { decodeImage } from "../../node/decode.js";
import { makeFolder, writeFileAtomic } from "../../node/files.js";
import { mapSourceOf } from "../../node/map-files.js";
import { windowsName } from "../../node/windows-names.js";
import { WriteError } from "../../node/write-errors.js";
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
  /**
   * Explains the chosen rows and writes their pictures. Row 0 is file number `first`. Returns the paths of the pictures. After a
   * failed write, for example on a full disk, no more maps are written.
   */
  write(rows: PixelRows, chosen: number[], first: number): Promise<(string | undefined)[]>;
  failure(): WriteError | undefined;
}

/** Where the maps go. */
export interface MapTargets {
  folder: string;
  /** By image, relative to the folder. */
  names: string[];
}

/** `called`: the images' names in the output. */
export async function createMapWriter(
  network: Network,
  { folder, names }: MapTargets,
  files: string[],
  called: string[],
): Promise<MapWriter> {
  await makeFolder(folder);
  let failure: WriteError | undefined;
  const draw = async (map: Awaited<ReturnType<typeof explain>>[number], image: number) => {
    const path = join(folder, names[image]);
    const xray = await smallXray(await decodeImage(files[image]), WIDTH);
    const jpeg = await asJpeg(overlay(xray, map), xray, QUALITY);
    await writeFileAtomic(path, withMapMark(jpeg, sourceOf(called[image])));
    return path;
  };
  return {
    failure: () => failure,
    async write(rows, chosen, first) {
      if (failure) return [];
      const maps = await explain(network, rows, chosen);
      const pictures = chosen.map((row, i) =>
        draw(maps[i], first + row).catch((error) => {
          if (!(error instanceof WriteError)) throw error;
          failure ??= error;
          return undefined;
        }),
      );
      return Promise.all(pictures);
    },
  };
}

/** Names the image in a map's mark without telling its path. */
const sourceOf = (called: string): string => createHash("sha256").update(resolve(called)).digest("hex").slice(0, 16);

/** Throws an InputError if a map would replace anything but an earlier map of the same image. */
export async function checkMapTargets({ folder, names }: MapTargets, called: string[]): Promise<void> {
  for (const [i, name] of names.entries()) {
    const path = join(folder, name);
    if (!existsSync(path)) continue;
    const source = await mapSourceOf(path);
    if (source === sourceOf(called[i])) continue;
    const what = source === undefined ? "is not a map that pulmo wrote" : "is the map of another image";
    throw new InputError(`--map: ${path} already exists and ${what}: choose another folder.`);
  }
}

/** "ward/a.png" becomes "ward/a-map.jpg", relative to the files' common folder. The next file with this name gets "-map-2". */
export function mapNames(files: string[], { resolve, sep } = nodePath): string[] {
  const paths = files.map((file) => resolve(file).split(sep));
  const shared = sharedStart(paths.map((parts) => parts.slice(0, -1))).length;
  const taken = new Map<string, number>();
  return paths.map((path) => {
    // The parts of Windows' paths begin with a drive where the files are on several, and names in archives may be any.
    const parts = sep === "/" ? path.slice(shared) : path.slice(shared).filter(Boolean).map(windowsName);
    const stem = parts.join(sep).replace(/\.[^./\\]*$/, "");
    // Some file systems do not distinguish these.
    const key = stem.normalize().toLowerCase();
    const count = (taken.get(key) ?? 0) + 1;
    taken.set(key, count);
    return `${stem}-map${count > 1 ? `-${count}` : ""}.jpg`;
  });
}
