// The page in real browsers: what is dropped on it has the scores, bit for bit, and the refusals of `predict --portable`.
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, extname, join, resolve } from "node:path";
import { parse } from "csv-parse/sync";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { serve } from "#pulmo/run/exports/view.js";
import { pulmo } from "../commands/cli.js";
import { patterned } from "../data/patterned.js";
import { realData, temporaryFolder, withoutData } from "../data/places.js";
import { Browser, chromium } from "../report/chromium.js";
import { barriers, SCHEMES, setWindow, WIDER, WIDTHS, watchErrors } from "../report/inspect.js";
import { unless } from "../skip.js";
import { driven, type Open } from "./driven.js";
import { firefox, openFirefox } from "./firefox.js";
import { noWebkit, openWebkit } from "./webkit.js";

const test = suite("page");

const work = temporaryFolder();
const dropped = join(work, "dropped");
/** The validation images of --limit 4 allow it. */
const RATE = "0.25";
const MODEL = join(work, "model.pulmo");

interface Row {
  file: string;
  label: string;
  p_pneumonia: string;
  logit: string;
  error: string;
  decision?: string;
}
/** Of `predict`, by the file's name. */
const expected = new Map<string, Row>();
const withFiles = (rows: Row[]) => new Map(rows.map((row) => [basename(row.file), row]));

/** What browsers would turn, blend, correct or fill up. */
async function makeOddities(folder: string): Promise<void> {
  const pixels = (channels: 1 | 2 | 3 | 4) => patterned(90, 60, channels);
  await pixels(3).jpeg().withMetadata({ orientation: 6 }).toFile(join(folder, "turned.jpeg"));
  await pixels(1).jpeg({ progressive: true }).toFile(join(folder, "progressive.jpeg"));
  await pixels(3).withMetadata({ icc: "p3" }).jpeg().toFile(join(folder, "profile.jpeg"));
  await pixels(4).png().toFile(join(folder, "alpha.png"));
  await pixels(2).toColourspace("b-w").png().toFile(join(folder, "grey-alpha.png"));
  await pixels(3).png({ palette: true }).toFile(join(folder, "palette.png"));
  await pixels(1).toColourspace("grey16").png().toFile(join(folder, "deep.png"));
  await pixels(1).toColourspace("b-w").png({ palette: true, colours: 4 }).toFile(join(folder, "few.png"));
  const whole = await pixels(1).jpeg().toBuffer();
  writeFileSync(join(folder, "cut.jpeg"), whole.subarray(0, whole.length / 2));
  const png = await pixels(1).png().toBuffer();
  writeFileSync(join(folder, "cut.png"), png.subarray(0, png.length / 2));
  writeFileSync(join(folder, "empty.jpeg"), "");
  writeFileSync(join(folder, "text.jpeg"), "no picture\n");
}

test.before(async () => {
  const trained = join(work, "trained");
  const training = ["--models", "resnet18", "--weights", "none", "--limit", "4", "--epochs", "1", "--quiet"];
  assert.is((await pulmo(["train", ...training, "--out", trained])).code, 0);
  const checkpoint = ["--checkpoint", join(trained, "resnet18")];
  assert.is((await pulmo(["export", ...checkpoint, "--format", "pulmo", "--out", MODEL])).code, 0);
  const originals = withoutData("originals") ? "sample/test" : realData("originals");
  for (const kind of ["NORMAL", "PNEUMONIA"]) {
    mkdirSync(join(dropped, kind), { recursive: true });
    const names = readdirSync(join(originals, kind)).sort().slice(0, 24);
    for (const name of names) copyFileSync(resolve(originals, kind, name), join(dropped, kind, name));
  }
  const others = join(dropped, "others");
  cpSync("test/fixtures/dicom", others, { recursive: true, filter: (name) => extname(name) !== ".json" });
  await makeOddities(others);
  const csv = join(work, "expected.csv");
  const { code, stderr } = await pulmo([
    "predict",
    ...checkpoint,
    "--portable",
    "--error-rate",
    RATE,
    "--csv",
    csv,
    "--quiet",
    dropped,
  ]);
  // The four that cannot be read.
  assert.is(code, 2, stderr);
  for (const [name, row] of withFiles(parse(readFileSync(csv), { columns: true }))) expected.set(name, row);
  assert.is([...expected.values()].filter(({ error }) => error).length, 4);
});

function assertAsPredicted(csv: string): void {
  const found = withFiles(parse(csv, { columns: true }));
  assert.equal([...found.keys()].sort(), [...expected.keys()].sort());
  for (const [name, { label, logit, error }] of found) {
    const wanted = expected.get(name)!;
    assert.equal({ label, logit, error }, { label: wanted.label, logit: wanted.logit, error: wanted.error }, name);
  }
}

/** In the page: what "Save as CSV" would save. */
const SAVED = `new Promise((saved) => {
  URL.createObjectURL = (blob) => (saved(blob.text()), "");
  HTMLAnchorElement.prototype.click = () => {};
  document.getElementById("csv").click();
})`;
const DONE = (said: string) => / in .* s/.test(said);

/** In the page: drops the files named, waits for their scores and a picture, and tells the table. */
const DRIVE = (names: string[]) => `
  const later = () => new Promise((resolve) => setTimeout(resolve, 50));
  while (document.getElementById("drop").hidden) await later();
  const dataTransfer = new DataTransfer();
  for (const name of ${JSON.stringify(names)}) {
    dataTransfer.items.add(new File([await (await fetch("images/" + name)).blob()], name));
  }
  const drop = new DragEvent("drop", { bubbles: true, cancelable: true });
  // WebKit's constructor takes no dataTransfer.
  Object.defineProperty(drop, "dataTransfer", { value: dataTransfer });
  document.body.dispatchEvent(drop);
  while (!(${DONE})(document.getElementById("said").textContent)) await later();
  while (document.getElementById("xray").width === 0) await later();
  await tell(await ${SAVED});`;

const inFirefox = unless(firefox === undefined ? "no Firefox here (PULMO_FIREFOX names one)" : undefined, test);
inFirefox("Firefox", () => scoredLikePredict(openFirefox));
unless(noWebkit, test)("WebKitGTK", () => scoredLikePredict(openWebkit));

async function scoredLikePredict(open: Open): Promise<void> {
  const kinds = ["NORMAL", "PNEUMONIA", "others"];
  const images = new Map(
    kinds.flatMap((kind) => readdirSync(join(dropped, kind)).map((name) => [name, join(dropped, kind, name)])),
  );
  const csv = await driven(open, DRIVE([...images.keys()]), (name) => {
    if (name === "models.json") return '{"models":["model.pulmo"]}';
    const path = name === "model.pulmo" ? MODEL : (images.get(name.replace("images/", "")) ?? join("dist/web", name));
    return existsSync(path) ? readFileSync(path) : undefined;
  });
  assertAsPredicted(csv);
}

const inChromium = unless(chromium === undefined ? "no Chromium here (PULMO_CHROMIUM names one)" : undefined, test);

inChromium(
  "Chromium: a folder dropped, judged by its folders' names, in both languages, at every width, without barriers",
  async () => {
    const { server, url } = await serve(readFileSync(MODEL), 0);
    const browser = await Browser.open();
    try {
      const errors = watchErrors(browser);
      const asked: string[] = [];
      browser.on("Network.requestWillBeSent", ({ request }) => asked.push(request.url));
      await browser.send("Network.enable");
      await browser.goto(url);
      const until = async (condition: string) => {
        for (let i = 0; i < 1200; i++) {
          if (await browser.evaluate<boolean>(condition)) return;
          await new Promise((later) => setTimeout(later, 50));
        }
        throw new Error(`not within a minute: ${condition}`);
      };
      await until("!document.getElementById('drop').hidden");
      const data = { items: [], files: [dropped], dragOperationsMask: 1 };
      for (const type of ["dragEnter", "dragOver", "drop"])
        await browser.send("Input.dispatchDragEvent", { type, x: 300, y: 200, data });
      await until(`(${DONE})(document.getElementById("said").textContent) && document.getElementById("xray").width > 0`);
      assertAsPredicted(await browser.evaluate(SAVED));

      // The truth counts the two folders that are named as classes.
      const cells = "[...document.querySelectorAll('#confusion td.number')].slice(0, 4).map((cell) => Number(cell.textContent))";
      const count = (kind: string) => readdirSync(join(dropped, kind)).length;
      const counts = await browser.evaluate<number[]>(cells);
      assert.is(counts[0] + counts[1], count("NORMAL"));
      assert.is(counts[2] + counts[3], count("PNEUMONIA"));
      const all = count("NORMAL") + count("PNEUMONIA");
      const slide = (value: number) =>
        browser.evaluate(`(() => {
        const slider = document.getElementById("threshold");
        slider.value = "${value}";
        slider.dispatchEvent(new Event("input"));
      })()`);
      await slide(1);
      assert.equal(await browser.evaluate(cells), [count("NORMAL"), 0, count("PNEUMONIA"), 0]);
      await slide(0);
      assert.is(
        (await browser.evaluate<number[]>(cells)).reduce((sum, n) => sum + n),
        all,
      );
      await browser.evaluate("document.getElementById('reset').click()");

      const sort = "document.querySelectorAll('#table th button')[2].click()";
      // Sorting moves the rows that are there.
      await browser.evaluate("window.rowsBefore = [...document.querySelectorAll('#table tbody tr')]");
      await browser.evaluate(sort);
      assert.ok(await browser.evaluate("window.rowsBefore.every((row) => row.isConnected)"));
      const titles = "[...document.querySelectorAll('#table tbody td:first-child button')].map((file) => file.title)";
      const files = await browser.evaluate<string[]>(titles);
      assert.is(files.length, expected.size);
      assert.is(new Set(files).size, expected.size);
      const shown = "[...document.querySelectorAll('#table td.number')].map((cell) => Number(cell.textContent))";
      const falling = await browser.evaluate<number[]>(shown);
      assert.equal(
        falling,
        falling.toSorted((a, b) => b - a),
      );

      const setRate = (parts: number) =>
        browser.evaluate(`(() => {
        const slider = document.getElementById("error-rate");
        slider.value = "${parts}";
        slider.dispatchEvent(new Event("input"));
      })()`);
      const said = (id: string) => browser.evaluate<string>(`document.getElementById("${id}").textContent`);
      assert.is(await said("error-rate-value"), "off");
      await setRate(10);
      assert.is(await said("error-rate-value"), "5% needs 19 validation images of each class; the model has 4");
      assert.is(await said("review-counts"), "");
      await setRate(200 * Number(RATE));
      const decided = withFiles(parse(await browser.evaluate<string>(SAVED), { columns: true }));
      for (const [name, { decision }] of decided) assert.is(decision, expected.get(name)!.decision, name);
      const numberOf = (wanted: string) => [...expected.values()].filter(({ decision }) => decision === wanted).length;
      const [positive, negative, review] = ["PNEUMONIA", "NORMAL", "REVIEW"].map(numberOf);
      assert.is(await said("review-counts"), `${positive} PNEUMONIA, ${negative} NORMAL, ${review} for review at error rate 25%`);
      const column =
        "[...document.querySelectorAll('#table tr td:nth-child(3)')].filter((cell) => cell.textContent === 'REVIEW').length";
      assert.is(await browser.evaluate(column), review);

      // The decisions stay shown.
      for (const language of ["en", "ko"]) {
        for (const scheme of SCHEMES) {
          for (const width of WIDTHS) {
            const where = `${language}, ${scheme}, ${width} px`;
            await setWindow(browser, width, scheme);
            for (const view of ["to-train", "to-score"]) {
              await browser.evaluate(`document.getElementById("${view}").click()`);
              assert.not(await browser.evaluate(WIDER), `${where}, ${view}: scrolls sideways`);
              const found = await barriers(browser);
              assert.equal(
                found.map(({ said }) => said),
                [],
                `${where}, ${view}`,
              );
            }
          }
        }
        assert.is(await browser.evaluate("document.documentElement.lang"), language);
        await browser.evaluate("document.getElementById('language').click()");
      }
      assert.equal(errors, []);
      assert.equal(
        asked.filter((one) => !one.startsWith(url) && !one.startsWith("data:") && !one.startsWith("blob:")),
        [],
      );
    } finally {
      await browser.close();
      server.closeAllConnections();
      server.close();
    }
  },
);

test.run();
