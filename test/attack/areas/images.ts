// Image files: by the command line's readers, and by those of the page and of pulmo/decode in browsers.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { decodeImage as decodePortable } from "#pulmo/lib/decode.js";
import { decodeImage } from "#pulmo/node/decode.js";
import { readFileTags } from "#pulmo/node/dicom-tags.js";
import { isMapFile } from "#pulmo/node/map-files.js";
import { patterned } from "../../data/patterned.js";
import { repairPng } from "../repairs.js";
import { type Area, asFile, bytesOf, fixtures, type Place } from "./area.js";

const picture = (channels: 1 | 3 | 4) => patterned(40, 30, channels);

/** Grey, colours with alpha, a palette, 16 bits, interlaced; without compression, so that changes reach the rows. */
function pngs(): Promise<Uint8Array[]> {
  const kinds = [picture(1).png(), picture(4).png(), picture(3).png({ palette: true }), picture(1).toColourspace("grey16").png()];
  const plain = [picture(3).png({ compressionLevel: 0 }), picture(1).png({ compressionLevel: 0, progressive: true })];
  return Promise.all([...kinds, picture(3).png({ progressive: true }), ...plain].map((one) => one.toBuffer()));
}

/** Huffman-coded scans of several kinds; colours at several resolutions; four inks. */
function progressive(): Promise<Uint8Array[]> {
  const kinds = [picture(1), picture(3), picture(3)].map((one, i) =>
    one.jpeg({ progressive: true, chromaSubsampling: i === 2 ? "4:4:4" : "4:2:0" }),
  );
  return Promise.all([...kinds, picture(3).toColourspace("cmyk").jpeg({ progressive: true })].map((one) => one.toBuffer()));
}

const sequential = (): Promise<Uint8Array[]> =>
  Promise.all([picture(3).jpeg(), picture(3).toColourspace("cmyk").jpeg()].map((one) => one.toBuffer()));

const DICOM = "test/fixtures/dicom";

export function imageAreas({ folder, dataset }: Place): Area[] {
  const node = (name: string, extension: string) => asFile(folder, `${name}.${extension}`, decodeImage);
  const dicom = (name: string, pattern: RegExp): Area => ({
    name,
    open: () => ({ corpus: fixtures(pattern, DICOM), read: node("x", "dcm") }),
  });
  const xrays = join(dataset, "test/NORMAL");
  return [
    {
      name: "JPEG",
      open: async () => ({
        corpus: [...readdirSync(xrays).map((name) => bytesOf(xrays, name)), ...(await sequential())],
        read: node("x", "jpeg"),
      }),
    },
    { name: "JPEG, progressive", open: async () => ({ corpus: await progressive(), read: node("y", "jpeg") }) },
    { name: "PNG", open: async () => ({ corpus: await pngs(), read: node("x", "png"), repair: repairPng }) },
    dicom("DICOM", /^(?!jpeg|rle|frames).*\.dcm$/),
    dicom("DICOM, frames", /^frames.*\.dcm$/),
    dicom("DICOM, JPEG", /^jpeg-(baseline|extended).*\.dcm$/),
    dicom("DICOM, JPEG lossless", /^jpeg-lossless.*\.dcm$/),
    dicom("DICOM, JPEG-LS", /^jpeg-ls.*\.dcm$/),
    dicom("DICOM, JPEG 2000", /^jpeg-2000.*\.dcm$/),
    dicom("DICOM, RLE", /^rle.*\.dcm$/),
    {
      name: "DICOM tags",
      open: () => ({
        corpus: fixtures(/^(explicit|implicit|windows|orientation-hl).dcm$/, DICOM),
        read: asFile(folder, "t.dcm", readFileTags),
      }),
    },
    {
      name: "images in the page",
      open: async () => ({
        corpus: [
          ...(await pngs()),
          ...(await progressive()),
          ...(await sequential()),
          ...fixtures(/^(explicit|deflated|rle|jpeg-ls|jpeg-2000|jpeg-baseline|jpeg-lossless-sv1)\.dcm$/, DICOM),
        ],
        read: (given) => decodePortable(given as Uint8Array<ArrayBuffer>),
        repair: repairPng,
      }),
    },
    { name: "mark of a map", open: async () => ({ corpus: await sequential(), read: asFile(folder, "map.jpeg", isMapFile) }) },
  ];
}
