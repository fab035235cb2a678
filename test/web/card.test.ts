// "About this model" on the page: what the file's card says, in both languages; nothing for a file without a card, or with a strange one.
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encodeModel, inferenceProgram } from "#pulmo/core/model-file.js";
import { findModel } from "#pulmo/core/models/index.js";
import { initialize } from "#pulmo/core/values.js";
import { CRC32, createCrc } from "#pulmo/formats/crc.js";
import { plainShapes } from "#pulmo/node/variant.js";
import type { RunResults } from "#pulmo/results/metrics.js";
import { modelCard } from "#pulmo/results/model-card.js";
import { serve } from "#pulmo/run/exports/view.js";
import { Browser, chromium } from "../report/chromium.js";
import { unless } from "../skip.js";

const test = suite("the model's card on the page");
const inChromium = unless(chromium === undefined ? "no Chromium here (PULMO_CHROMIUM names one)" : undefined, test);

function modelWith(card: unknown): Uint8Array {
  const { program, layout } = inferenceProgram(findModel("logistic")!, plainShapes(), 224, undefined);
  initialize(program, 11, 0);
  const metadata = { model: "logistic", classes: ["NORMAL", "PNEUMONIA"], card };
  return Buffer.concat(encodeModel(program, layout, { threshold: 0.5, metadata }, createCrc(CRC32)));
}

/** What `look` evaluates to on a page with the model. */
async function onPage<T>(model: Uint8Array, ...look: string[]): Promise<T[]> {
  const { server, url } = await serve(model, 0);
  const browser = await Browser.open();
  try {
    await browser.goto(url);
    for (let i = 0; i < 600 && (await browser.evaluate<boolean>("document.getElementById('drop').hidden")); i++)
      await new Promise((later) => setTimeout(later, 50));
    const seen: T[] = [];
    for (const expression of look) seen.push(await browser.evaluate<T>(expression));
    return seen;
  } finally {
    await browser.close();
    server.close();
  }
}

const CARD = "document.getElementById('card')";
const LINES = `[...${CARD}.querySelectorAll('li')].map((line) => line.textContent).join('\\n')`;

inChromium("figures with intervals, training, attribution and licence, in English and Korean", async () => {
  const results: RunResults = JSON.parse(readFileSync("docs/results/strong/metrics.json", "utf8"));
  const more = { licence: "MIT", attribution: "Kermany <b>and</b> others", use: "Not for clinical use.", limits: ["Children."] };
  const model = modelWith({ ...modelCard(results, results.models.resnet18), ...more });
  const language = "document.getElementById('language').click()";
  const [hidden, first, , second] = await onPage<unknown>(model, `${CARD}.hidden`, LINES, language, LINES);
  assert.is(hidden, false);
  const texts = [String(first), String(second)];
  assert.ok(texts.some((text) => text.includes("624 test images: AUC 0.990 (0.981–0.996), accuracy 96.0% (94.4%–97.4%)")));
  assert.ok(texts.some((text) => text.includes("테스트 영상 624장: AUC 0.990 (0.981–0.996)")));
  for (const text of texts)
    for (const said of ["Children.", "Not for clinical use.", "4692", "Kermany <b>and</b> others", "MIT"])
      assert.ok(text.includes(said), `${said}: ${text}`);
});

inChromium("no card, and cards of other forms, are not shown, and the model works", async () => {
  for (const card of [undefined, "text", { figures: { test: 5 } }, { limits: 7 }])
    assert.equal(await onPage(modelWith(card), `${CARD}.hidden`, "document.getElementById('drop').hidden"), [true, false]);
});

test.run();
