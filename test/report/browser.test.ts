// The pages in Chromium, at three widths, light and dark, and at one of them checked by axe-core for accessibility.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ADAPTATION_FILE, writeAdaptation } from "#pulmo/report/adaptation-page.js";
import { writeComparison } from "#pulmo/report/comparison-page.js";
import { writeEvaluation } from "#pulmo/report/evaluation-page.js";
import { LANGUAGE_NAMES } from "#pulmo/report/text/languages.js";
import { temporaryFolder } from "../data/places.js";
import { unless } from "../skip.js";
import { Browser, chromium } from "./chromium.js";
import { barriers, SCHEMES, setWindow, WIDER, WIDTHS, watchErrors } from "./inspect.js";
import { hostileRun, sampleAdaptation, sampleEvaluation, sampleRun, writeSamplePictures, writeTextReport } from "./sample.js";

const test = suite<{ browser: Browser }>("report in a browser");
const folder = temporaryFolder();

/** All tests of this file need Chromium. */
const inBrowser = unless(chromium === undefined ? "no Chromium here (PULMO_CHROMIUM names one)" : undefined, test);

test.before(async (context) => {
  if (chromium !== undefined) context.browser = await Browser.open();
});
test.after(async ({ browser }) => browser?.close());

/** Texts of a plot that overlap another text or a dot by more than a pixel. Axis labels may touch in the corner. */
const COVERED = `[...document.querySelectorAll(".plot svg")].flatMap((svg) => {
  const boxes = [...svg.querySelectorAll(":not(.role-axis-label) > text, .mark-symbol path")].map((mark) => [mark, mark.getBoundingClientRect()]);
  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  return boxes.filter(([mark, box]) => mark.tagName === "text" && boxes.some(([other, its]) => other !== mark && meet(box, its)))
    .map(([mark]) => svg.closest("figure").id + ": " + mark.textContent);
})`;

/** Asserts that there is no console error, no horizontal scrolling and no serious finding of axe-core. */
async function inspect(browser: Browser, path: string): Promise<void> {
  const errors = watchErrors(browser);
  for (const scheme of SCHEMES) {
    for (const width of WIDTHS) {
      const where = `${path}, ${width} px, ${scheme}`;
      await setWindow(browser, width, scheme);
      await browser.goto(pathToFileURL(path).href);
      assert.not(await browser.evaluate(WIDER), `${where}: scrolls sideways`);
      await browser.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
      assert.not(await browser.evaluate(WIDER), `${where}: scrolls sideways with everything open`);
      // The rows of a table are alike, and axe-core needs a millisecond for each.
      await browser.evaluate("document.querySelectorAll('details tr:nth-child(n + 4)').forEach((row) => row.remove())");
      // axe-core takes seconds, and finds the same at all widths.
      if (width !== WIDTHS[0]) continue;
      const serious = (await barriers(browser)).filter(({ impact }) => impact === "serious" || impact === "critical");
      const said = serious.map(({ said }) => said);
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
    await writeTextReport(dir, results, language);
    await inspect(browser, join(dir, "report.html"));
    assert.equal(await browser.evaluate(COVERED), []);
    const images = await browser.evaluate<number[]>("[...document.images].map((image) => image.naturalWidth)");
    assert.ok(images.length > 3 && images.every((width) => width > 0));
  });
}

inBrowser("the report of adapt", async ({ browser }) => {
  const at = (name: string) => join(folder, "adaptation", name);
  const paths = { html: at("report.html"), markdown: at("report.md"), plots: at("plots"), formats: ["svg"] as const };
  await writeAdaptation(paths, at(ADAPTATION_FILE), sampleAdaptation(), "ko");
  await inspect(browser, paths.html);
  assert.equal(await browser.evaluate(COVERED), []);
});

inBrowser("the report of evaluate", async ({ browser }) => {
  const dir = join(folder, "evaluation");
  await writeSamplePictures(dir, ["resnet18"]);
  await writeEvaluation(dir, sampleEvaluation(), "ko");
  await inspect(browser, join(dir, "report.html"));
  assert.equal(await browser.evaluate(COVERED), []);
});

inBrowser("a report on synthetic images, and a comparison", async ({ browser }) => {
  const dir = join(folder, "synthetic");
  const { results } = hostileRun();
  await writeTextReport(dir, results);
  await inspect(browser, join(dir, "report.html"));
  const at = (name: string) => join(dir, name);
  const runs = [
    { name: "runs/first", results },
    { name: "runs/second", results: sampleRun().results },
  ];
  await writeComparison(
    { html: at("comparison.html"), markdown: at("comparison.md"), plots: at("comparison-plots"), formats: ["svg"] as const },
    runs,
  );
  await inspect(browser, at("comparison.html"));
});

inBrowser("buttons choose the threshold of the table; links and printing open what is folded", async ({ browser }) => {
  const dir = join(folder, "chooser");
  const { results } = sampleRun();
  await writeTextReport(dir, results);
  await browser.goto(pathToFileURL(join(dir, "report.html")).href);
  const cells = () =>
    browser.evaluate<string[]>(
      "[...document.querySelectorAll('#thresholds tr[data-option]')].filter((row) => row.offsetParent).map((row) => row.cells[1].textContent)",
    );
  const models = Object.keys(results.models).length;
  assert.equal(await cells(), Array(models).fill("0.5"));
  await browser.evaluate("document.querySelectorAll('.choose input')[1].click()");
  const chosen = await cells();
  assert.is(chosen.length, models);
  assert.ok(chosen.every((text) => text.includes("on validation")));
  const open = () => browser.evaluate<number>("document.querySelectorAll('section.folded > details[open]').length");
  const all = await browser.evaluate<number>("document.querySelectorAll('section.folded').length");
  assert.equal([await open(), all > 5], [0, true]);
  await browser.evaluate(
    "document.querySelector('nav a[href=\"#data\"]').click(), new Promise((resolve) => setTimeout(resolve, 50))",
  );
  assert.is(await browser.evaluate("document.querySelector('#data > details').open"), true);
  await browser.evaluate("dispatchEvent(new Event('beforeprint'))");
  assert.is(await open(), all);
  await browser.evaluate("dispatchEvent(new Event('afterprint'))");
  assert.is(await open(), 1);
});

inBrowser("a button saves each table as CSV, without cells that a spreadsheet would run", async ({ browser }) => {
  const dir = join(folder, "csv");
  await writeTextReport(dir, sampleRun().results);
  await browser.goto(pathToFileURL(join(dir, "report.html")).href);
  const [name, text] = await browser.evaluate<[string, string]>(`new Promise((done) => {
    let saved;
    const made = URL.createObjectURL;
    URL.createObjectURL = (blob) => ((saved = blob), made(blob));
    HTMLAnchorElement.prototype.click = function () { saved.text().then((text) => done([this.download, text])); };
    const table = document.querySelector("#comparison table");
    table.rows[1].cells[1].textContent = '=1+"1"';
    table.nextElementSibling.click();
  })`);
  assert.match(name, /^Test-results-at-threshold-0-5[\w-]*\.csv$/);
  const [head, first] = text.replace("\ufeff", "").split("\r\n");
  assert.match(head, /^"Model","Accuracy"/);
  assert.match(first, /^"[^"]+","'=1\+""1""","/);
  const [tables, buttons] = await browser.evaluate<number[]>(
    "[document.querySelectorAll('table:has(caption)').length, document.querySelectorAll('button.csv').length]",
  );
  assert.is(buttons, tables);
});

inBrowser("the slider shows the numbers of the table at 0.5 and reacts to keys", async ({ browser }) => {
  const dir = join(folder, "slider");
  const { results } = sampleRun();
  await writeTextReport(dir, results);
  await browser.goto(pathToFileURL(join(dir, "report.html")).href);
  const shown = () =>
    browser.evaluate<string[]>(
      "[...document.querySelectorAll('.slider:has(#slider-dnn) [data-cell]')].map((cell) => cell.textContent)",
    );
  const [[tn, fp], [fn, tp]] = results.models.dnn.test.confusion;
  assert.equal((await shown()).slice(0, 5), ["0.5", ...[tn, fp, fn, tp].map(String)]);
  await browser.evaluate("document.querySelector('details:has(#slider-dnn)').open = true");
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
