// Which dropped files the page takes as images.
import { build } from "esbuild";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { dicom } from "../image/dicom-file.js";

const test = suite("the page's images");

interface Dropped {
  file: Blob;
  path: string;
}
const { outputFiles } = await build({ entryPoints: ["src/web/images.ts"], bundle: true, format: "esm", write: false });
const code = Buffer.from(outputFiles[0].contents).toString("base64");
const { imagesOf } = (await import(`data:text/javascript;base64,${code}`)) as {
  imagesOf: (dropped: Dropped[]) => Promise<{ images: Dropped[]; leftOut: number }>;
};

const image = new Uint8Array(dicom());
const directory = new Uint8Array(dicom({ "00020002": ["UI", "1.2.840.10008.1.3.10"], "7fe00010": null }));
const text = new TextEncoder().encode("Viewer: autorun.exe");

async function taken(files: Record<string, Uint8Array<ArrayBuffer>>): Promise<[paths: string[], leftOut: number]> {
  const dropped = Object.entries(files).map(([path, bytes]) => ({ path, file: new Blob([bytes]) }));
  const { images, leftOut } = await imagesOf(dropped);
  return [images.map(({ path }) => path), leftOut];
}

test("files of folders are told by their content", async () => {
  const files = {
    "cd/1.2.840.17": image,
    "cd/sub/a.ima": image,
    "cd/DICOMDIR": directory,
    "cd/README": text,
    "cd/broken.png": text,
  };
  assert.equal(await taken(files), [["cd/1.2.840.17", "cd/sub/a.ima", "cd/broken.png"], 2]);
});

test("files that were chosen one by one are kept, so that their error is shown", async () => {
  assert.equal(await taken({ README: text }), [["README"], 0]);
  assert.equal(await taken({ DICOMDIR: directory }), [["DICOMDIR"], 0]);
  assert.equal(await taken({ DICOMDIR: directory, IM1: image, README: text }), [["IM1", "README"], 1]);
});

test.run();
