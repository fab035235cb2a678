// Archives, arrays and tables that name images and labels.
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { decodeText } from "#pulmo/core/text.js";
import { parseLabels, readLabelled } from "#pulmo/data/labels.js";
import { readListManifest } from "#pulmo/data/list.js";
import { readNpzManifest } from "#pulmo/data/npz.js";
import type { Manifest } from "#pulmo/data/types.js";
import { parsePredictionsCsv } from "#pulmo/eval/predictions.js";
import { callerOf } from "#pulmo/run/caller.js";
import { unpackedFolder } from "#pulmo/run/datasets/zip-dataset.js";
import { pathsIn } from "#pulmo/run/scoring/image-files.js";
import { imagesToScore } from "#pulmo/run/scoring/images-to-score.js";
import { gatherShards } from "#pulmo/run/scoring/shards.js";
import { filesBelow } from "../../commands/cli.js";
import { repairZip, sha256 } from "../repairs.js";
import { type Area, asFile, asText, bytesOf, fixtures, type Place, text } from "./area.js";

/** Stored and deflated entries, with names in UTF-8 and folders. */
function archives(dataset: string): Uint8Array[] {
  const files = filesBelow(dataset).slice(0, 4);
  const entries = Object.fromEntries(files.map((file) => [file, bytesOf(dataset, file).subarray(0, 400)]));
  const more = { "README.txt": text("x"), "ä/empty/": new Uint8Array(0), "__MACOSX/._a": text("y") };
  return [zipSync({ ...entries, ...more }, { level: 0 }), zipSync({ ...entries, ...more })];
}

async function readEach({ images, source }: Manifest): Promise<void> {
  for (const { file } of Object.values(images).flat().slice(0, 20)) await source.read(file);
}

/** As people write them: pandas, Excel, CheXpert, NIH. */
const LABELS = [
  "file,label,group\nNORMAL/synthetic-0000.jpeg,0,x\nPNEUMONIA/synthetic-0000.jpeg,PNEUMONIA,y\n",
  'sep=;\r\nImage Index;Finding Labels;Patient ID;Group\r\n"NORMAL/synthetic-0000.jpeg";"Normal";7;\r\nPNEUMONIA/synthetic-0000.jpeg;Pneumonia;8;w\r\n',
  "Path\tSex\tPneumonia\nNORMAL\\synthetic-0000.jpeg\tF\t0.0\nPNEUMONIA/synthetic-0000.jpeg\tM\t1.0\n",
  ",file,label\n0,a.jpeg,normal\n1,'=b.jpeg,pneumonia\n",
];
const ENCODED = [
  Buffer.from(LABELS[0]),
  Buffer.from(`\ufeff${LABELS[1]}`),
  Buffer.from(`\ufeff${LABELS[2]}`, "utf16le"),
  Buffer.from("file,label,group\nNORMAL/synthetic-0000.jpeg,0,B\u00e4r\n", "latin1"),
].map((bytes) => new Uint8Array(bytes));

const LIST = [
  "file,label,split,patient\ntrain/NORMAL/synthetic-0000.jpeg,0,train,1\ntest/PNEUMONIA/synthetic-0000.jpeg,1,test,2\n",
  "path;class;set\nval\\NORMAL\\synthetic-0000.jpeg;normal;validation\n",
];

export function datasetAreas({ folder, dataset, run }: Place): Area[] {
  const facts = (csv: string) => `${csv}.shard.json`;
  const shard = (name: string): string => {
    const copy = join(folder, name);
    cpSync(join(folder, "shard.csv"), copy);
    cpSync(facts(join(folder, "shard.csv")), facts(copy));
    return copy;
  };
  const gather = (csv: string) => gatherShards([csv], join(folder, "gathered.csv"));
  return [
    {
      name: ".npz",
      open: () => ({
        corpus: fixtures(/\.npz$/),
        read: asFile(folder, "x.npz", async (path) => readEach(await readNpzManifest(path))),
        repair: repairZip,
      }),
    },
    {
      name: ".zip of images",
      open: () => ({
        corpus: archives(dataset),
        read: asFile(folder, "x.zip", async (path) => (await imagesToScore([path])).close()),
        repair: repairZip,
      }),
    },
    {
      name: ".zip dataset",
      open: () => ({
        corpus: archives(dataset),
        read: asFile(folder, "d.zip", (path) => unpackedFolder(path, callerOf({}))),
        repair: repairZip,
      }),
    },
    { name: "labels", open: () => ({ corpus: LABELS.map(text), read: asText((csv) => parseLabels(csv, "labels.csv")) }) },
    {
      name: "labels of a folder",
      open: () => ({ corpus: ENCODED, read: asFile(folder, "labels.csv", (csv) => readLabelled(join(dataset, "test"), csv)) }),
    },
    { name: "list of a dataset", open: () => ({ corpus: LIST.map(text), read: asFile(dataset, "list.csv", readListManifest) }) },
    // findImageFiles looks at the files that a list names: a changed one may name the root of the disk.
    { name: "text of a list", open: () => ({ corpus: ENCODED, read: (given) => pathsIn(decodeText(given).text, "list") }) },
    {
      name: "predictions",
      open: () => ({ corpus: [bytesOf(run, "logistic/predictions-test.csv")], read: asText((csv) => parsePredictionsCsv(csv)) }),
    },
    {
      name: "shard.json",
      open() {
        const csv = shard("one.csv");
        return { corpus: [bytesOf(facts(csv))], read: asFile(folder, "one.csv.shard.json", () => gather(csv)) };
      },
    },
    {
      name: "shard",
      open() {
        const csv = shard("other.csv");
        const whole = bytesOf(csv);
        const stated = readFileSync(facts(csv), "utf8");
        return {
          corpus: [whole],
          read(given) {
            writeFileSync(csv, given);
            writeFileSync(facts(csv), stated.replace(sha256(whole), sha256(given)));
            return gather(csv);
          },
        };
      },
    },
  ];
}
