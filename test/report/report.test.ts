import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { MODELS } from "#pulmo/core/models/index.js";
import { classificationReport } from "#pulmo/eval/classification-report.js";
import { splitMetrics } from "#pulmo/eval/metrics.js";
import { signed, threshold } from "#pulmo/report/format.js";
import { thresholds } from "#pulmo/report/sections/thresholds.js";
import { wordsOf } from "#pulmo/report/text/index.js";
import { STRESS_KINDS } from "#pulmo/results/stress-results.js";
import { hostileRun, type Sample, sampleRun, writeSamplePictures, writeTextReport } from "./sample.js";

interface Written {
  html: string;
  markdown: string;
  plots: Map<string, string>;
  files: string[];
}

async function written({ results }: Sample, pictureName?: string): Promise<Written> {
  const dir = await mkdtemp(join(tmpdir(), "pulmo-report-"));
  try {
    await writeSamplePictures(dir, Object.keys(results.models), pictureName);
    await writeTextReport(dir, results);
    const names = (await readdir(join(dir, "plots"))).sort();
    const plots = await Promise.all(names.map(async (name) => [name, await readFile(join(dir, "plots", name), "utf8")] as const));
    return {
      html: await readFile(join(dir, "report.html"), "utf8"),
      markdown: await readFile(join(dir, "report.md"), "utf8"),
      plots: new Map(plots),
      files: (await readdir(dir)).filter((name) => !Object.hasOwn(results.models, name)).sort(),
    };
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** The visible text: without tags, with decoded entities. */
function textOf(html: string): string {
  return html
    .replace(/<(style|script)>.*?<\/\1>/gs, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    .replace(/\s+/g, " ");
}

const occurrences = (text: string, part: string) => text.split(part).length - 1;

const real = suite<{ report: Written; sample: Sample }>("report of a run on real images");
real.before(async (context) => {
  context.sample = sampleRun();
  context.report = await written(context.sample);
});

real("only the files of the report are written", ({ report }) => {
  assert.equal(report.files, ["plots", "report.html", "report.md"]);
  const perModel = [
    "accuracy-*",
    "calibration-*",
    "confusion-*-test",
    "confusion-*-val",
    "loss-*",
    "precision-recall-*",
    "roc-*",
    "scores-*",
  ];
  const expected = ["logistic", "dnn", "resnet18"].flatMap((model) => perModel.map((plot) => `${plot.replace("*", model)}.svg`));
  assert.equal(
    [...report.plots.keys()],
    [
      ...expected,
      ...STRESS_KINDS.map((kind) => `leaning-${kind}.svg`),
      "class-distribution.svg",
      "confusion.svg",
      "intervals.svg",
      "roc.svg",
      "training-time.svg",
    ].sort(),
  );
});

real("the page loads nothing from elsewhere and runs only the script that its policy allows", ({ report }) => {
  const [, script] = /<script>(.*?)<\/script>/s.exec(report.html)!;
  assert.is(occurrences(report.html.toLowerCase(), "<script"), 1);
  assert.match(
    report.html.replaceAll("&#39;", "'"),
    `script-src 'sha256-${createHash("sha256").update(script).digest("base64")}'">`,
  );
  assert.not.match(report.html, /\son\w+=/i);
  assert.ok(
    [...report.html.matchAll(/\ssrc="([^"]*)"/g)].every(([, from]) => /^data:image\/jpeg;base64,[A-Za-z0-9+/=]+$/.test(from)),
  );
  assert.not.match(report.html, /url\(|@import/);
  assert.ok([...report.html.matchAll(/href="([^"]*)"/g)].every(([, to]) => /^#[a-z0-9-]+$/.test(to)));
  assert.ok(report.html.length < 1_000_000);
});

real("each id is used once, and each link has a target", ({ report }) => {
  const ids = [...report.html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
  assert.is(new Set(ids).size, ids.length);
  for (const [, to] of report.html.matchAll(/href="#([^"]*)"/g)) assert.ok(ids.includes(to), to);
});

real("each plot is in the page, with a text alternative, and in a file without CSS properties of the page", ({ report }) => {
  assert.is(occurrences(report.html, "<svg "), report.plots.size);
  assert.is([...report.html.matchAll(/<svg role="img" aria-label="[^"]{20,}"/g)].length, report.plots.size);
  for (const [name, svg] of report.plots) {
    assert.not.match(svg, /var\(|url\(|NaN|undefined/, name);
    assert.match(svg, /^<svg role="img" aria-label="[^"]+" xmlns="http:\/\/www.w3.org\/2000\/svg"/, name);
    assert.ok(report.markdown.includes(`](plots/${name})`), name);
  }
});

real("the numbers of metrics.json are in both files", ({ report, sample }) => {
  const page = textOf(report.html);
  for (const model of Object.values(sample.results.models)) {
    const text = classificationReport(model.test);
    assert.ok(report.html.includes(text), "classification report in report.html, to the byte");
    assert.ok(report.markdown.includes(text), "classification report in report.md, to the byte");
    for (const fact of [
      `${(100 * model.test.accuracy).toFixed(1)}%`,
      model.test.auc!.toFixed(3),
      model.params.toLocaleString("en-US"),
    ]) {
      assert.ok(page.includes(fact), fact);
      assert.ok(report.markdown.includes(fact), fact);
    }
  }
  for (const part of [
    "73.1%",
    "404.0 s",
    "93.1%",
    "0.96",
    sample.results.dataset.manifestSha256,
    sample.results.settings.command,
  ]) {
    assert.ok(page.includes(part), part);
    assert.ok(report.markdown.includes(part), part);
  }
});

real("intervals, thresholds, subtypes, calibration, repeats and differences are in both files", ({ report, sample }) => {
  const { test: split, threshold: chosen, repeats } = sample.results.models.dnn;
  const [low, high] = split.intervals!.accuracy!;
  const [{ difference }] = sample.results.comparisons!;
  const { n, found } = split.bySubtype!.virus!;
  const facts = [
    `${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)}%`,
    `${split.intervals!.auc!.map((x) => x.toFixed(3)).join("–")}`,
    threshold(chosen!.value),
    `${chosen!.test.confusion[0][1]}`,
    `${found} of ${n}`,
    split.brier!.toFixed(4),
    split.ece!.toFixed(4),
    signed(difference.toFixed(3)),
    `${(100 * (repeats![0].test.accuracy - 0.005)).toFixed(1)}%`,
    "2 training runs",
    "170",
    "533",
    "0123456789ab",
    "2 groups of identical files, 1 of them across splits",
  ];
  const page = textOf(report.html);
  for (const fact of facts) {
    assert.ok(page.includes(fact), fact);
    assert.ok(report.markdown.replaceAll("\\", "").includes(fact), fact);
  }
});

real(
  "the sensitivity section shows curves, their ends, false positives by group and file size, with a column per model",
  ({ report, sample }) => {
    const { logistic, dnn, resnet18 } = sample.results.models;
    const at = (level: number, kind: "blur" | "contrast") =>
      [logistic, dnn, resnet18].map(({ stress }) => stress!.curves[kind]!.points.find((point) => point.level === level)!);
    const cells = (level: number, kind: "blur" | "contrast") =>
      at(level, kind).map(
        ({ auc, recall, specificity }) =>
          `${auc!.value.toFixed(3)} (${(100 * recall!.value).toFixed(1)}% / ${(100 * specificity!.value).toFixed(1)}%)`,
      );
    const [, section] = report.markdown.split("\n## Sensitivity to changed images");
    for (const row of [
      ["unchanged", ...cells(0, "blur")],
      ["blurred, sigma 0.75 pixels", ...cells(0.75, "blur")],
      ["contrast × 0.5", ...cells(0.5, "contrast")],
      ["contrast × 1.5", ...cells(1.5, "contrast")],
      ["`NORMAL2-IM-0007–0381`", "1.8% (3 of 165)", "4.8% (8 of 165)", "7.9% (13 of 165)"],
      ["2.50–2.90", ...Array(3).fill("17.2% (10 of 58)")],
    ])
      assert.ok(section.includes(`| ${row.join(" | ")} |`), row.join());
    assert.is(occurrences(section, "| unchanged |"), 1);
    for (const text of [textOf(report.html), section]) {
      assert.match(text, "192 test images (96 NORMAL, 96 PNEUMONIA");
      assert.match(text, "AUC of 0.900 on train and 0.834 on test");
    }
    const numbers = /id="plot-leaning-crop".*?<\/figure>/s.exec(report.html)![0];
    assert.is(occurrences(numbers, '<tr><th scope="row"'), 4 * 3);
    assert.match(textOf(numbers), "0.900 0.870–0.920");
    // Points for each metric and model, and the legend.
    assert.is(occurrences(report.plots.get("leaning-blur.svg")!, "mark-symbol"), 3 * 3 + 3);
  },
);

real("the data of each plot is below it", ({ report, sample }) => {
  assert.is(occurrences(report.html, "<summary>Data of this plot<"), report.plots.size);
  const { roc } = sample.results.models.dnn.test;
  const numbers = /id="plot-roc-dnn".*?<\/figure>/s.exec(report.html)![0];
  assert.is(occurrences(numbers, '<tr><th scope="row"'), roc.length + sample.results.models.dnn.val.roc.length);
});

real("errors and maps are shown with file name and probability", ({ report }) => {
  assert.is(occurrences(report.html, '<img src="data:image/jpeg;base64,'), 3 * 4);
  assert.is([...report.html.matchAll(/<img src="[^"]*" alt="[^"]{5,}">/g)].length, 3 * 4);
  assert.match(textOf(report.html), /False negatives, most confident first \(1 of \d+\)/);
  assert.match(textOf(report.html), /test\/NORMAL\/IM-0001.jpeg p\s0\.9000/);
  assert.match(report.markdown, "![X-ray](dnn/pictures/1.jpeg)");
});

real("the summary names the model with the highest test AUC and counts its errors", ({ report, sample }) => {
  const { test: split } = sample.results.models.resnet18;
  assert.match(textOf(report.html), new RegExp(`ResNet-18 has the best test results: AUC ${split.auc!.toFixed(3)}`));
  assert.match(
    textOf(report.html),
    new RegExp(
      `has ${split.confusion[1][0]} false negatives? among 390 PNEUMONIA .* ${split.confusion[0][1]} false positives among 234 NORMAL`,
    ),
  );
});

real("a confusion matrix shows counts and shares of the true class", ({ report, sample }) => {
  const [[tn, fp]] = sample.results.models.dnn.test.confusion;
  const svg = report.plots.get("confusion-dnn-test.svg")!;
  for (const text of [tn, fp, `${((100 * tn) / 234).toFixed(1)}%`, `${((100 * fp) / 234).toFixed(1)}%`])
    assert.match(svg, `>${text}</text>`);
});

real("tables have a caption and headers", ({ report }) => {
  assert.is(occurrences(report.html, "<table"), occurrences(report.html, "<caption>"));
  assert.is(occurrences(report.html, "<tbody"), occurrences(report.html, "<thead"));
  const rows = [...report.html.matchAll(/<tbody[^>]*>(.*?)<\/tbody>/gs)].flatMap(([, body]) => body.split("<tr").slice(1));
  assert.ok(rows.length > 10 && rows.every((row) => row.includes('scope="row"')));
});

real("'Not for clinical use' occurs once, and there is no notice of synthetic data or a limit", ({ report }) => {
  for (const text of [textOf(report.html), report.markdown]) {
    assert.is(occurrences(text, "Not for clinical use"), 1);
    assert.not.match(text, /synthetic|--limit/i);
  }
  for (const svg of report.plots.values()) assert.not.match(svg, /synthetic|--limit/);
});

real.run();

const hostile = suite<{ report: Written }>("report of a limited run on synthetic images with hostile names");
hostile.before(async (context) => {
  context.report = await written(hostileRun(), 'test/"><script>alert(2)</script>|\u202e`.jpeg');
});

hostile("markup in names stays text", ({ report }) => {
  assert.not.match(report.html, /<script(?!>\nfor )|<img(?! src="data:)/i);
  assert.is(occurrences(report.html, "<script"), 1);
  assert.match(textOf(report.html), "<script>alert(1)</script>");
  for (const [name, svg] of report.plots) assert.not.match(svg, /<script|<img/i, name);
});

hostile("markup in names stays text in Markdown: only inside code", ({ report }) => {
  const outside = report.markdown.replace(/^(`{3,})text\n.*?\n\1$/gms, "").replace(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/g, "");
  assert.not.match(outside, /<script|<img/i);
  assert.match(report.markdown, "<script>");
  // A bar in a name must not end the table cell: every row has as many unescaped bars as its header.
  const bars = (line: string) => line.replaceAll("\\|", "").split("|").length;
  for (const table of report.markdown.split("\n\n").filter((part) => part.startsWith("| "))) {
    const lines = table.split("\n");
    assert.ok(
      lines.every((line) => bars(line) === bars(lines[0])),
      table,
    );
  }
});

hostile("control characters and direction marks are shown as escapes", ({ report }) => {
  assert.not.match(report.html + report.markdown, /[\u0000-\u0009\u000b-\u001f\u202e]/);
  assert.match(report.html, "\\u202e");
});

hostile("the page, every printed sheet, every section of report.md and every plot are marked as synthetic data", ({ report }) => {
  assert.match(report.html, /<body[^>]*>\s*<a class="skip"[^>]*>[^<]*<\/a>\s*<div class="banner" role="note"><p>Synthetic data/);
  assert.match(report.html, /@page \{ @top-center \{ content: "Synthetic data"/);
  assert.match(report.html, /<p class="watermark" aria-hidden="true">synthetic data/);
  assert.match(report.markdown.split("\n## ")[0], "> **Synthetic data");
  assert.ok(
    report.markdown
      .split("\n## ")
      .slice(1)
      .every((section) => section.includes("*Synthetic data.*")),
  );
  assert.is(
    [...report.html.matchAll(/<svg.*?<\/svg>/gs)].filter(([svg]) => svg.includes(">synthetic data · --limit 100")).length,
    report.plots.size,
  );
  for (const [name, svg] of report.plots) assert.match(svg, ">synthetic data · --limit 100", name);
});

hostile("the limit is mentioned, and the study's rows are not shown for synthetic data", ({ report }) => {
  assert.match(textOf(report.html), "at most 100 images per class and split (--limit 100)");
  assert.match(report.markdown, "at most 100 images per class and split");
  assert.not.match(report.html, /, study|404\.0 s/);
});

hostile("metrics of an absent class, missing numbers in names and levels of another model are shown as dashes", ({ report }) => {
  const [, section] = report.markdown.split("\n## Sensitivity to changed images");
  assert.match(section, "| unchanged | – (97.0% / –) | 0.950 (97.0% / 80.0%) |");
  assert.match(section, "| contrast × 0.5 | – |");
  assert.match(section, "\\u202e0001–0111` | – |");
  assert.match(section, "AUC of – on train and 0.500 on test");
});

hostile("a split with one class has no ROC line and an undefined AUC", ({ report }) => {
  assert.match(report.plots.get("roc-dnn.svg")!, ">–</text>");
  assert.match(report.plots.get("confusion-dnn-val.svg")!, ">no images</text>");
});

hostile.run();

test("a model name that is not a plain file name is refused", async () => {
  const { results } = sampleRun();
  for (const name of ["../../etc/x", "a/b", "", "A", "a\u0000"]) {
    const models = { [name]: results.models.dnn };
    try {
      await writeTextReport("/nonexistent", { ...results, models });
      assert.unreachable(name);
    } catch (error) {
      assert.instance(error, InputError, name);
    }
  }
});

test("thresholds have enough digits to distinguish them from 0 and 1", () => {
  assert.equal([0.5, 0.99857, 0.000213, 0.3742, 1, 0, 0.99999912, 1 - 2 ** -53].map(threshold), [
    "0.5",
    "0.9986",
    "0.00021",
    "0.374",
    "1",
    "0",
    "0.99999912",
    "0.9999999999999999",
  ]);
});

test("the positions of a slider follow the curve even if several thresholds round to 1", () => {
  const { results, predictions } = sampleRun();
  const { test: rows } = predictions.dnn;
  const sure = splitMetrics(
    rows.map(({ label }) => label),
    rows.map(({ logit }) => 20 * logit),
  );
  results.models = { dnn: { ...results.models.dnn, test: sure } };
  const { blocks } = thresholds({ results, pictures: {}, studyOf: () => null, t: wordsOf("en", MODELS) })[0];
  const inner = blocks.flatMap((block) => (block.kind === "details" ? block.blocks : [block]));
  const [slider] = inner.flatMap((block) => (block.kind === "slider" ? [block] : []));
  assert.ok(slider.points.filter((point) => point.threshold === 1).length > 10);
  const [missed, alarms] = [slider.points.map(({ fn }) => fn), slider.points.map(({ fp }) => fp)];
  for (const counts of [missed, [...alarms].reverse()])
    assert.equal(
      counts,
      [...counts].sort((a, b) => a - b),
    );
});

test("differences have a sign", () => {
  assert.equal(["0.0", "-0.0", "1.2", "-0.3"].map(signed), ["±0.0", "±0.0", "+1.2", "−0.3"]);
});

test.run();
