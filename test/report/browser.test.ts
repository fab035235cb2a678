// The pages as a reader has them: in Chromium, at three widths, light and dark, with axe-core looking for barriers.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { writeComparison } from "#pulmo/report/compare.js";
import { LANGUAGE_NAMES } from "#pulmo/report/text/languages.js";
import { writeReport } from "#pulmo/report/write.js";
import { temporaryFolder } from "../data/places.js";
import { unless } from "../skip.js";
import { Browser, chromium } from "./chromium.js";
import { hostileRun, sampleRun, writeSamplePictures } from "./sample.js";

const test = suite<{ browser: Browser }>("report in a browser");
const folder = temporaryFolder();
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [360, 800, 1400];
/** The window less its scroll bar. */
const WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth";

/** Every test here needs it. */
const inBrowser = unless(chromium === undefined ? "no Chromium here (PULMO_CHROMIUM names one)" : undefined, test);

test.before(async (context) => {
  if (chromium !== undefined) context.browser = await Browser.open();
});
test.after(async ({ browser }) => browser?.close());

/** Texts of a plot that lie on another one or on a dot, by more than a pixel; numbers of two axes may meet in the corner. */
const COVERED = `[...document.querySelectorAll(".plot svg")].flatMap((svg) => {
  const boxes = [...svg.querySelectorAll(":not(.role-axis-label) > text, .mark-symbol path")].map((mark) => [mark, mark.getBoundingClientRect()]);
  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  return boxes.filter(([mark, box]) => mark.tagName === "text" && boxes.some(([other, its]) => other !== mark && meet(box, its)))
    .map(([mark]) => svg.closest("figure").id + ": " + mark.textContent);
})`;

interface Violation {
  id: string;
  impact: string;
  nodes: { target: string[]; failureSummary: string }[];
}

/** No console error, no horizontal scroll, nothing that axe-core calls serious. */
async function inspect(browser: Browser, path: string): Promise<void> {
  const errors: string[] = [];
  browser.on("Runtime.exceptionThrown", ({ exceptionDetails }) => errors.push(exceptionDetails.text));
  browser.on("Runtime.consoleAPICalled", ({ type, args }) => type === "error" && errors.push(JSON.stringify(args)));
  browser.on("Log.entryAdded", ({ entry }) => entry.level === "error" && errors.push(entry.text));
  for (const scheme of ["light", "dark"]) {
    for (const width of WIDTHS) {
      const where = `${path}, ${width} px, ${scheme}`;
      await browser.send("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile: false });
      await browser.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
      await browser.goto(pathToFileURL(path).href);
      assert.not(await browser.evaluate(WIDER), `${where}: scrolls sideways`);
      await browser.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
      assert.not(await browser.evaluate(WIDER), `${where}: scrolls sideways with everything open`);
      // Rows of one table are alike, and axe-core takes a millisecond for each of thousands.
      await browser.evaluate("document.querySelectorAll('details tr:nth-child(n + 4)').forEach((row) => row.remove())");
      await browser.evaluate(AXE);
      const found = await browser.evaluate<Violation[]>("axe.run().then(({ violations }) => violations)");
      const serious = found.filter(({ impact }) => impact === "serious" || impact === "critical");
      const said = serious.map(({ id, nodes }) => `${id}: ${nodes[0].target.join(" ")}: ${nodes[0].failureSummary}`);
      assert.equal(said, [], where);
    }
  }
  assert.equal(errors, [], path);
}

for (const language of LANGUAGE_NAMES) {
  inBrowser(`a whole report, ${language}`, async ({ browser }) => {
    const dir = join(folder, language);
    mkdirSync(dir);
    const { results } = sampleRun();
    await writeSamplePictures(dir, Object.keys(results.models));
    await writeReport(dir, results, language);
    await inspect(browser, join(dir, "report.html"));
    assert.equal(await browser.evaluate(COVERED), []);
    const images = await browser.evaluate<number[]>("[...document.images].map((image) => image.naturalWidth)");
    assert.ok(images.length > 3 && images.every((width) => width > 0));
  });
}

inBrowser("a report on generated images, and a comparison", async ({ browser }) => {
  const dir = join(folder, "synthetic");
  const { results } = hostileRun();
  await writeReport(dir, results);
  await inspect(browser, join(dir, "report.html"));
  const at = (name: string) => join(dir, name);
  const runs = [
    { name: "runs/first", results },
    { name: "runs/second", results: sampleRun().results },
  ];
  await writeComparison({ html: at("comparison.html"), markdown: at("comparison.md"), plots: at("comparison-plots") }, runs);
  await inspect(browser, at("comparison.html"));
});

inBrowser("the slider shows at 0.5 what the table says, and follows its keys", async ({ browser }) => {
  const dir = join(folder, "slider");
  const { results } = sampleRun();
  await writeReport(dir, results);
  await browser.goto(pathToFileURL(join(dir, "report.html")).href);
  const shown = () =>
    browser.evaluate<string[]>(
      "[...document.querySelectorAll('.slider:has(#slider-dnn) [data-cell]')].map((cell) => cell.textContent)",
    );
  const [[tn, fp], [fn, tp]] = results.models.dnn.test.confusion;
  assert.equal((await shown()).slice(0, 5), ["0.5", ...[tn, fp, fn, tp].map(String)]);
  await browser.evaluate("document.querySelector('#slider-dnn').focus()");
  for (const type of ["keyDown", "keyUp"]) {
    await browser.send("Input.dispatchKeyEvent", { type, key: "End", code: "End", windowsVirtualKeyCode: 35 });
  }
  const [threshold, , , missed, found] = await shown();
  assert.ok(Number(threshold) > 0.9);
  assert.is(Number(missed) + Number(found), fn + tp);
  assert.ok(Number(missed) > fn);
});

test.run();
