// Plots as PNG: of the size of a slide, with their text, and where the formats say so.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { chart } from "#pulmo/report/plots/chart.js";
import { drawFigure, standaloneSvg } from "#pulmo/report/plots/draw.js";
import { hasGlyph, pngOf, requireFont } from "#pulmo/report/plots/png.js";
import { wordsOf } from "#pulmo/report/text/index.js";
import { writePage } from "#pulmo/report/write.js";
import { temporaryFolder } from "../data/places.js";
import { unless } from "../skip.js";

const test = suite("plots as PNG");

const figureOf = (name: string, title: string) => ({
  ...{ name, title, alt: "", data: { caption: "", columns: [{ title: "x" }], rows: [] } },
  spec: chart({ height: 200 }, {}),
});
const noFont = await requireFont().then(
  () => undefined,
  () => "this machine has no font",
);

test("a plot has the width of a slide, unless it has many rows", async () => {
  const sizeOf = async (width: number, height: number) => {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="9" height="9"/></svg>`;
    const found = await sharp(await pngOf(svg)).metadata();
    return [found.format, found.width, found.height];
  };
  assert.equal(await sizeOf(360, 290), ["png", 1920, 1547]);
  assert.equal(await sizeOf(640, 200), ["png", 1920, 600]);
  assert.equal(await sizeOf(360, 960), ["png", 960, 2560]);
});

unless(noFont, test)("the title is drawn, black on white", async () => {
  const svg = standaloneSvg(await drawFigure(figureOf("plot", "Title of the plot") as never, ""));
  const { data, info } = await sharp(await pngOf(svg))
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const rows = data.subarray(0, info.width * Math.floor(info.height * 0.12));
  assert.is(rows[0], 255);
  assert.ok(rows.some((grey) => grey < 100));
});

test("a letter that no font has is not drawn, whether as a box or not at all", async () => {
  for (const letter of ["\u0378", "\u2FEF", "\u0BFF"]) assert.not.ok(await hasGlyph(letter));
});

unless(noFont, test)("a letter of the Latin alphabet is", async () => {
  for (const letter of ["A", "z", "8"]) assert.ok(await hasGlyph(letter), letter);
});

test("the formats decide which files there are, and which of them Markdown shows", async () => {
  const t = wordsOf("en", []);
  const page = { t, title: "T", subtitle: "", banner: null, notices: [], facts: [], tag: "en" };
  const sections = [{ id: "s", title: "S", blocks: [{ kind: "figures", figures: [figureOf("plot", "Title")] }] }];
  for (const [formats, files, shown] of [
    [undefined, noFont ? ["plot.svg"] : ["plot.png", "plot.svg"], "plots/plot.svg"],
    [["svg"], ["plot.svg"], "plots/plot.svg"],
    [["png"], ["plot.png"], "plots/plot.png"],
    [["png", "svg"], ["plot.png", "plot.svg"], "plots/plot.svg"],
  ] as const) {
    const dir = temporaryFolder();
    const paths = { html: join(dir, "a.html"), markdown: join(dir, "a.md"), plots: join(dir, "plots"), formats };
    await writePage(paths, { ...page, sections } as never, "", new Map());
    assert.equal(readdirSync(paths.plots).sort(), files);
    assert.ok(readFileSync(paths.markdown, "utf8").includes(`(${shown})`));
    assert.ok(existsSync(paths.html));
  }
});

test.run();
