// The text of docs/model-card.md, from the results of the run that trained the model. Headings: Mitchell and others, "Model Cards for
// Model Reporting", 2019. make-model.mjs writes it.
import { wordsOf } from "../dist/report/text/index.js";
import { MODELS } from "../dist/core/models/index.js";

const NAME = "resnet18";
const CLASSES = ["NORMAL", "PNEUMONIA"];
const t = wordsOf("en", MODELS);

const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)}%`;
const thousands = (count) => count.toLocaleString("en-US");
const plural = (count, one, many = `${one}s`) => `${thousands(count)} ${count === 1 ? one : many}`;
const table = (head, align, rows) =>
  [head, align, ...rows].map((cells) => `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`).join("\n");
const range = (interval, print) => (interval ? ` (${print(interval[0])} to ${print(interval[1])})` : "");
const shareOf = ({ value, interval }) =>
  value === null ? "undefined" : `${percent(value)}${range(interval, (x) => percent(x).slice(0, -1))}`;
const areaOf = ({ value, interval }) => (value === null ? "undefined" : `${value.toFixed(3)}${range(interval, (x) => x.toFixed(3))}`);

/**
 * `results`: metrics.json. `seeds`: { seed, model } of runs with other seeds. `recipe`: the row of RECIPES. `card`: the metadata entry of the file. `file`: { bytes, sha256 }. `effect`: of int8,
 * see effectOfInt8. `threshold`: the decision threshold in the file.
 */
export function modelCardPage({ results, seeds = [], recipe, card, file, effect, threshold, out }) {
  const model = results.models[NAME];
  const facts = { results, model, seeds, recipe, card, file, effect, threshold, out };
  return `# Model card: the ResNet-18 that comes with pulmo

<!-- Made by docs/make-model.mjs from the metrics.json of the run that trained the model: change docs/model-card.mjs, then run that. -->

**Not for clinical use.** The model tells NORMAL from PNEUMONIA on chest X-rays of children from one hospital. A score is not a diagnosis.

The headings are those of Mitchell and others, *Model Cards for Model Reporting* ([arXiv:1810.03993](https://arxiv.org/abs/1810.03993)). Values in
parentheses are 95% intervals by bootstrap (2,000 resamples of the images); they do not include the variation between trainings. \`pulmo
model info\` prints the main figures from the file itself.

${[details, use, factors, metrics, evaluationData, trainingData, analyses, ethics, caveats, tripod].map((section) => section(facts)).join("\n\n")}
`;
}

function details({ results: { settings, environment, dataset }, model, card, recipe, file, effect, threshold, out }) {
  const { normalization } = recipe;
  const copies = dataset.imageSizes.width.min === dataset.imageSize && dataset.imageSizes.width.max === dataset.imageSize;
  const rows = [
    ["Developed by", `the authors of pulmo; trained ${settings.finishedAt.slice(0, 10)} by pulmo ${environment.pulmo}, ${settings.commit ? `commit \`${settings.commit}\`` : "commit unknown"}`],
    ["Architecture", `torchvision's ResNet-18 with two outputs, ${thousands(model.params)} parameters`],
    ["Input", `${dataset.imageSize}x${dataset.imageSize} pixels, RGB or grey as RGB, in 0..1${normalization ? `, then mean ${normalization.mean.join(", ")} and standard deviation ${normalization.std.join(", ")} per channel` : ""}`],
    ["Output", `probability of PNEUMONIA; PNEUMONIA above ${threshold}; a class activation map; whether the image is unlike the training images; with an error rate also a decision or REVIEW`],
    ["Calibration", model.temperature === undefined ? "none" : `temperature ${model.temperature.toFixed(3)}, fitted on the validation images`],
    ["Initial weights", model.init === "scratch" ? "random: no weights of ImageNet or of other people" : `\`${model.init}\``],
    ["Recipe", `\`${settings.recipe}\`, seed ${settings.seed}: see Training data`],
    ["File", `\`model/resnet18.pulmo\`, ${(file.bytes / 1e6).toFixed(1)} MB, int8 weights ([model-file.md](model-file.md#int8-weights))`],
    ["SHA-256 of the file", `\`${file.sha256}\``],
    ["SHA-256 of the run's `model.safetensors`", `\`${card.weightsSha256}\``],
    ["Licence", `MIT, like pulmo. The training images: ${card.attribution}`],
    ["Questions and errors", "the issues of the pulmo repository"],
  ];
  return `## Model details

${table(["", ""], ["---", "---"], rows)}

To get the same weights bit for bit, run the first command with the commit above and the second with the current version. The run used Node ${environment.node.replace(/^v/, "")} (${environment.platform}) and the \`${environment.wasm}\` kernels;
\`relaxed\` gives the same bits, \`simd\` others. The number of threads does not matter:

\`\`\`sh
${card.training.command} --out ${out}
node docs/make-model.mjs ${out}
\`\`\`

The images must be the same too: the run records \`manifestSha256\` \`${dataset.manifestSha256}\` in its \`metrics.json\`.${
    copies
      ? ` These were copies of the
published images that had been resized to ${dataset.imageSize}x${dataset.imageSize} pixels and saved as JPEG again. \`data fetch\` downloads the original files, from which the same
command makes a model with other bits.`
      : ""
  }

int8 changes the AUC on the ${effect.images} test images from ${auc6(effect.auc.f32)} to ${auc6(effect.auc.i8)}, log-odds by at most ${effect.logOdds.toFixed(3)}, and ${
    effect.labels === 0 ? "no label" : plural(effect.labels, "label")
  }. All figures below are
of the float32 weights.`;
}

const auc6 = (auc) => (auc === null ? "undefined" : auc.toFixed(6));

const use = () => `## Intended use

- **Intended**: education, research on methods, trying out pulmo, and a starting point for models of your own ([adapt](adapt.md)).
- **Intended users**: students, developers and researchers.
- **Images**: anterior-posterior chest X-rays of children aged one to five, of whom each has either a healthy chest or pneumonia.
- **Out of scope**: any decision about a patient; screening, triage or a second opinion; adults, newborns, lateral films, CT; other findings
  (tuberculosis, effusion, tumours, fractures), which the model calls NORMAL or PNEUMONIA too; telling bacterial from viral pneumonia.`;

const factors = ({ results: { dataset } }) => `## Factors

- **Known for the test images**: the class, the kind of pneumonia (bacterial or viral, from the file names), running numbers in the file
  names of NORMAL images, sharpness. Results for these groups are below.
- **Not known**: age, sex, weight, origin, severity, other diseases, device, exposure, date, ward. Results for such groups cannot be given.
- **The image itself**: blur, resolution, noise, brightness, contrast, cropping and covering were tested by changing test images.
- **A shortcut in the data**: the size of the file alone, without looking at the image, reaches an AUC of ${areaText(dataset.fileSize.train)} on the training
  and ${areaText(dataset.fileSize.test)} on the test images. What makes a file small differs between the classes without being a sign of disease.`;

const areaText = (area) => (area === null ? "undefined" : area.toFixed(3));

const metrics = ({ threshold }) => `## Metrics

Accuracy, recall (sensitivity for PNEUMONIA), specificity, area under the ROC curve (AUC), Brier score and expected calibration error (ECE, ten
bins), as scikit-learn defines them. PNEUMONIA is the positive class. The threshold is ${threshold} and was not chosen on any image.`;

function evaluationData({ results: { dataset }, card }) {
  const { counts, patients, duplicates } = dataset;
  const shared = patients?.shared.find(({ splits: [a, b] }) => a === "train" && b === "test");
  const lines = [
    `The ${card.data.published ? "official test set of the published dataset" : "test images of the dataset"}: ${counts.test.NORMAL} NORMAL and ${counts.test.PNEUMONIA} PNEUMONIA. It was not used to choose anything.`,
    "It is of the same hospital as the training images: this is no external evaluation.",
    ...(shared && shared.patients > 0
      ? [
          `${plural(shared.patients, "patient number")} occur in the file names of both the training and the test images. Whether they are the same children is not known. If they are, the results are too good.`,
        ]
      : []),
    ...(duplicates.length > 0 ? [`${plural(duplicates.length, "group")} of files in the dataset have identical bytes.`] : []),
    ...dataset.notes,
  ];
  return `## Evaluation data

${lines.map((line) => `- ${line}`).join("\n")}`;
}

/** Settings of a recipe that stand elsewhere on the page, or do not concern the training. */
const SAID = ["epochs", "smallEpochs", "batchSize", "lr", "models", "normalization", "calibrated", "stressImages", "pretrained"];

function trainingData({ results: { dataset, settings, environment }, model, recipe, card }) {
  const { train, val } = dataset.counts;
  const { epochs, smallEpochs, smallSize, batchSize, lr } = settings;
  const small = smallEpochs ? ` (the first ${smallEpochs} with images of ${smallSize}x${smallSize} pixels)` : "";
  const { augmentation, balanced, schedule, valSplit, validation, rescaledValidation, ...others } = recipe;
  const more = Object.entries(others).filter(([key, value]) => !SAID.includes(key) && value !== undefined);
  const rows = [
    ["Epochs, images per step, learning rate", `${epochs}${small}, ${batchSize}, ${lr} (Adam${schedule === "cosine" ? ", cosine to 0" : ""})`],
    ["Classes", balanced ? "balanced: each epoch draws equally many images of both" : "as in the data"],
    ["Augmentation", augmentation ? `\`${JSON.stringify(augmentation)}\`` : "none"],
    ["Validation images", valSplit === undefined ? "the dataset's own" : `${percent(valSplit, 0)} of the training images, ${validation === "blocks" ? "whole patients in blocks of neighbouring numbers" : "whole patients"}; for calibration and review, never for training`],
    ...(more.length > 0 ? [["Other settings of the recipe", `\`${JSON.stringify(Object.fromEntries(more))}\``]] : []),
    ["Time", `${Math.round(model.trainSeconds / 60)} minutes with ${plural(environment.threads, "thread")} (${environment.cpu})`],
  ];
  return `## Training data

${thousands(train.NORMAL)} NORMAL and ${thousands(train.PNEUMONIA)} PNEUMONIA images for training, ${val.NORMAL} and ${val.PNEUMONIA} for validation, from the published training set:
${card.attribution}. They were taken in routine care of children
aged one to five at Guangzhou Women and Children's Medical Center. The publishers removed images of low quality. Two physicians graded the
images; a third one checked the test set. The label is what they saw on the X-ray, not a diagnosis confirmed by other means. The dataset does
not state age, sex or device of an image.

${table(["", ""], ["---", "---"], rows)}

[recipes.md](recipes.md) gives the reason for each choice.`;
}

function analyses({ results, model, seeds, card }) {
  const { val, test } = card.figures;
  const row = (name, of) => [name, of(test), of(val)];
  const main = table(["", `Test, ${test.n} images`, `Validation, ${val.n} images`], ["---", "--:", "--:"], [
    row("AUC", ({ auc }) => areaOf(auc)),
    row("Accuracy", ({ accuracy }) => shareOf(accuracy)),
    row("Recall", ({ recall }) => shareOf(recall)),
    row("Specificity", ({ specificity }) => shareOf(specificity)),
    row("False negatives, false positives", ({ confusion: [[, fp], [fn]] }) => `${fn}, ${fp}`),
    row("Brier score", ({ brier }) => brier.toFixed(4)),
    row("ECE", ({ ece }) => ece.toFixed(4)),
  ]);
  return [
    `## Quantitative analyses

${main}`,
    ...otherSeeds(results.settings.seed, model, seeds),
    ...subtypes(model),
    ...leaning(model),
    unusual(results),
    ...review(model),
  ].join("\n\n");
}

function otherSeeds(seed, model, seeds) {
  const own = model.repeats ?? [{ seed, test: figuresOf(model) }];
  const trained = [...own, ...seeds.map((one) => ({ seed: one.seed, test: figuresOf(one.model) }))];
  if (trained.length === 1) return [];
  const rows = trained.map(({ seed, test }) => [seed, areaText(test.auc), percent(test.accuracy), percent(test.recall), percent(test.specificity)]);
  return [
    `### Other seeds

The packaged model is the one of seed ${seed}, which was trained and packaged before the others. Each seed holds out other validation images, so
validation does not rank them. Results on the test images:

${table(["Seed", "AUC", "Accuracy", "Recall", "Specificity"], ["--:", "--:", "--:", "--:", "--:"], rows)}`,
  ];
}

const figuresOf = ({ test: { auc, accuracy, perClass, specificity } }) => ({ auc, accuracy, recall: perClass.PNEUMONIA.recall, specificity });

function subtypes({ test: { bySubtype } }) {
  const found = Object.entries(bySubtype ?? {});
  if (found.length === 0) return [];
  const rows = found.map(([subtype, { n, found: hits }]) => [t.subtypes[subtype], n, n === 0 ? "" : percent(hits / n)]);
  return [`### Recall by kind of pneumonia, test images

${table(["Kind", "Images", "Recall"], ["---", "--:", "--:"], rows)}`];
}

/** The ends of the stress curves, and where false positives are. */
function leaning({ stress }) {
  if (!stress) return [];
  const s = t.sensitivity;
  const rows = Object.entries(stress.curves).flatMap(([kind, { untouched, points }], i) => {
    const ends = points.filter(({ level }, k) => level !== untouched && (k === 0 || k === points.length - 1));
    const plain = i === 0 ? points.filter(({ level }) => level === untouched).map((point) => [s.untouched, point]) : [];
    return [...plain, ...ends.map((point) => [s.kinds[kind].at(s.level(kind, point.level)), point])];
  });
  const figures = rows.map(([name, { auc, recall, specificity }]) => [
    name,
    auc ? areaOf(auc) : "",
    recall ? percent(recall.value) : "",
    specificity ? percent(specificity.value) : "",
  ]);
  const { NORMAL, PNEUMONIA } = stress.images;
  const rate = ({ n, alarms }) => [n, `${alarms} (${percent(n === 0 ? 0 : alarms / n)})`];
  const { blocks, sharpness } = stress.falseAlarms;
  const groups = [
    ...blocks.map((block) => [`${block.series} ${block.from} to ${block.to}`, ...rate(block)]),
    ...sharpness.quarters.map((quarter, i) => [`sharpness, quarter ${i + 1} of ${sharpness.quarters.length}`, ...rate(quarter)]),
  ];
  return [
    `### Sensitivity to changed images

A disease does not disappear if its image is slightly blurred, darkened or cropped. ${NORMAL} NORMAL and ${PNEUMONIA} PNEUMONIA test images were changed and
scored again at threshold 0.5. Where recall and specificity move apart, the model depends on what was changed.

${table(["Images", "AUC", "Recall", "Specificity"], ["---", "--:", "--:", "--:"], figures)}

False positives on NORMAL test images, by running number in the file name (neighbours were probably taken in the same months on the same
device) and by sharpness. If they are concentrated in some groups, the model recognizes a device rather than a disease.

${table(["Group", "Images", "False positives"], ["---", "--:", "--:"], groups)}

The class activation maps of \`predict --map\` and of the page show which regions speak for which class, on a grid of 7x7. No radiologist has
compared them with the findings: they do not prove that the model looks at the lungs for the right reason.`,
  ];
}

function unusual({ dataset: { unusual: found, counts } }) {
  const all = (split) => counts[split].NORMAL + counts[split].PNEUMONIA;
  const figures = found
    ? `${found.test.length} of ${all("test")} test images and ${found.val.length} of ${all("val")} validation images are flagged.`
    : "The run had too few training images for it.";
  return `### Unusual images

The file has statistics of the training images, and \`predict\` warns of images that are unlike them. ${figures} [models.md](models.md#unusual-images)
states what the check finds (photographs, text, noise, inverted, turned and heavily cropped X-rays) and what not: mirrored X-rays, other ages,
other diseases.`;
}

function review({ review: found }) {
  if (!found) return [];
  const cell = (figures, of) => (figures ? CLASSES.map((name) => percent(of(figures[name]))).join(", ") : "refused");
  const rows = found.rates.map(({ errorRate, needed, val, test }) => [
    percent(errorRate, 0),
    cell(val, ({ review, n }) => (n === 0 ? 0 : review / n)),
    cell(test, ({ review, n }) => (n === 0 ? 0 : review / n)),
    cell(test, ({ wrong, n }) => (n === 0 ? 0 : wrong / n)),
    test ? CLASSES.map((name) => (holds(test[name], errorRate) ? "yes" : "no")).join(", ") : `needs ${needed} of each class`,
  ]);
  const { NORMAL, PNEUMONIA } = found.validation;
  return [
    `### Decisions with an error rate, or REVIEW

Based on the scores of ${NORMAL} NORMAL and ${PNEUMONIA} PNEUMONIA validation images ([review.md](review.md)). Each cell: NORMAL, PNEUMONIA. The last column
says whether the share of wrong decisions on the test images is compatible with the error rate (its 95% interval is not entirely above it).

${table(["Error rate", "Review, validation", "Review, test", "Decided wrongly, test", "Holds on test"], ["--:", "--:", "--:", "--:", "--:"], rows)}`,
  ];
}

const holds = ({ intervals: { wrong } }, errorRate) => wrong === null || wrong[0] <= errorRate;

const ethics = () => `## Ethical considerations

- The training images are published under CC BY 4.0 without names. The file names contain patient numbers of the publication. The model file
  contains no image and no patient number, but the scores of validation images and statistics of all training images: their means on a
  grid of 14x14 cells.
- The images are of children of one city. The model may be worse for children with other bodies, devices or standards of care, and there are no
  data here to tell.
- A child whose pneumonia is called NORMAL may not be treated; a healthy child who is called ill may get antibiotics. Nobody has measured
  the effect of this model on care.
- No ethics committee, clinician or patient has reviewed this model.`;

function caveats({ model }) {
  const [[, fp], [fn]] = model.test.confusion;
  const normal = model.test.perClass.NORMAL.support;
  const ill = model.test.perClass.PNEUMONIA.support;
  return `## Caveats and recommendations

Known failures:

- ${fn} of ${ill} pneumonias of the test set are called NORMAL, and ${fp} of ${normal} healthy children PNEUMONIA.
${[...concentrated(model), ...unmetRates(model)].map((line) => `- ${line}\n`).join("")}- The official test set differs from the validation images, and images of another hospital differ more: expect worse results there.
- It gives every image a score, also for an image without lungs: check \`unusual\`, or use \`--refuse-unusual\`.
- A probability is calibrated for the validation images, in which most children are ill. Where pneumonia is rarer, the probabilities are too high.
- It learned what physicians saw on X-rays. It cannot be better than they were, nor see a pneumonia that an X-ray does not show.
- Text and markers on a film, tubes, cropping and the sharpness of the detector can move the score (see above).

Recommendations: measure it on labelled images of your own before you draw any conclusion (\`evaluate --labels\`); fit it to them
([adapt](adapt.md)); use \`--error-rate\` only with validation images of your own hospital; report the SHA-256 of the file.`;
}

/** The group of healthy test images with the highest rate of false positives, if it is twice the rate of all. */
function concentrated({ stress, test }) {
  const { blocks = [], sharpness } = stress?.falseAlarms ?? {};
  const [[, fp]] = test.confusion;
  const all = fp / test.perClass.NORMAL.support;
  const worst = (groups) => [...groups].sort((a, b) => b.alarms / b.n - a.alarms / a.n).find(({ n, alarms }) => alarms > 2 * all * n);
  const block = worst(blocks);
  const quarter = worst(sharpness?.quarters ?? []);
  const rate = ({ n, alarms }) => `${alarms} of ${n} (${percent(alarms / n)})`;
  return [
    ...(block
      ? [`False positives are concentrated: ${rate(block)} of the healthy images with the numbers ${block.series} ${block.from} to ${block.to}, ${percent(all)} of all. The model probably reacts to the device or the settings that they were taken with.`]
      : []),
    ...(quarter ? [`Of quarter ${sharpness.quarters.indexOf(quarter) + 1} of the healthy images, from the least sharp to the sharpest, ${rate(quarter)} are false positives.`] : []),
  ];
}

/** Error rates that the test images do not keep. */
function unmetRates({ review }) {
  return CLASSES.flatMap((name) => {
    const rates = (review?.rates ?? []).filter(({ test, errorRate }) => test && !holds(test[name], errorRate)).map(({ errorRate }) => percent(errorRate, 0));
    return rates.length === 0 ? [] : [`With \`--error-rate\`, more ${name} test images than promised are decided as the other class at ${rates.join(", ")}: the validation images are not like the test images.`];
  });
}

/** Items of the checklist in Collins and others, BMJ 2024;385:e078378. */
const TRIPOD = [
  ["1, 2", "title and structured abstract", "not met: this is no article"],
  ["3a, 3b", "healthcare context, place in the care pathway", "not met: the model has no place in care"],
  ["3c, 14", "health inequalities, fairness", "not met: age, sex and origin are not known per image"],
  ["5b", "dates of the data", "not met: the dataset does not state them"],
  ["6a, 6b", "setting, eligibility", "partly: one hospital, routine care, images of low quality removed; how children were selected is not published in detail"],
  ["6c", "treatments", "not met"],
  ["8a", "outcome", "partly: the label is the reading of the same X-ray, without other evidence of pneumonia"],
  ["8b, 8c", "who assessed the outcome, and blinded to what", "partly: two graders and a third for the test set; their agreement, demographics and what else they knew are not published"],
  ["10", "sample size", "not met: all published images were used, without a calculation"],
  ["11", "missing data", "not met: which children had no usable X-ray is not known; nothing is imputed"],
  ["12d, 23b", "differences between hospitals or other clusters", "not met: one hospital"],
  ["12e", "clinical usefulness (net benefit)", "not met: discrimination and calibration only"],
  ["16", "differences between development and evaluation data", "partly: the test set was drawn by the publishers; classes, kinds and sharpness are compared, characteristics of the children are not"],
  ["17", "ethical approval", "not met for this model; that of the data is the publishers'"],
  ["18a, 18b", "funding, conflicts of interest", "not met: not declared"],
  ["18c, 18d", "protocol, registration", "not met: none was written or registered before the work"],
  ["19", "patient and public involvement", "not met: none"],
  ["20a, 20b, 20c", "flow and characteristics of participants, by data set", "not met: only images, classes and kinds are counted"],
  ["23a", "performance in key subgroups", "partly: by kind of pneumonia and properties of the image only"],
  ["27a, 27b, 27c", "use in practice: poor input, expertise of users, next steps", "partly: unusual images are flagged and unreadable ones refused; use in care is out of scope; next: images of other hospitals"],
];

const tripod = () => `## TRIPOD+AI items that are not met

[TRIPOD+AI](https://doi.org/10.1136/bmj-2023-078378) lists 27 items that a report of a clinical prediction model should have. This card is no such
report. Items that are missing or incomplete:

${table(["Item", "Subject", "Here"], ["---", "---", "---"], TRIPOD)}`;
