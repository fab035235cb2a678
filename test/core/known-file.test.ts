// Files in place of others, by the first bytes that their formats prescribe.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { knownFile } from "#pulmo/core/known-file.js";

const test = suite("known files");

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

const FILES: [string, RegExp][] = [
  ["version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", /a Git LFS pointer/],
  ["<!DOCTYPE html><html>", /a web page/],
  ["\xef\xbb\xbf\r\n  <!-- proxy --> <HTML lang=ko>", /a web page/],
  ["Rar!\x1a\x07\x01\0", /a RAR archive/],
  ["7z\xbc\xaf\x27\x1c", /a 7z archive/],
  ["\x1f\x8b\x08", /gzip/],
  ["BZh91AY&SY", /bzip2/],
  [`${"a.png".padEnd(257, "\0")}ustar\x0000`, /a tar archive/],
  ["PK\x03\x04", /a zip archive/],
  ["%PDF-1.7", /a PDF/],
  ["II*\0", /a TIFF image/],
  ["MM\0*", /a TIFF image/],
  ["GIF89a", /a GIF image/],
  ["BM\x36\x10\x0e\0\0\0\0\0", /a BMP image/],
  ["RIFF\x24\0\0\0WEBPVP8 ", /a WebP image/],
  ["\0\0\0\x18ftypheic", /a HEIC or AVIF image/],
];

test("each is named", () => {
  for (const [text, what] of FILES) assert.match(knownFile(bytes(text))?.kind ?? "none", what);
});

test("texts and other files are not", () => {
  for (const text of ["", "file,label\n", "BM/a.png\n", "BZh/a.png", "images/html\n", "\x89PNG", "\xff\xd8\xff"]) {
    assert.is(knownFile(bytes(text)), undefined, text);
  }
});

test.run();
