// Other people's files: where the weights lie, what stands before their names, and how the last layer looks. PyTorch's own files are
// compared in test/formats/torch-variants.all.test.ts.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { describe } from "#pulmo/core/describe.js";
import { InputError } from "#pulmo/core/errors.js";
import { dnnOf } from "#pulmo/core/models/dnn.js";
import { MODELS } from "#pulmo/core/models/index.js";
import { size } from "#pulmo/core/parameters.js";
import { float32Tensor, float32Values, int64Scalar, type StoredTensor } from "#pulmo/core/tensors.js";
import type { StateDict } from "#pulmo/formats/state-dicts.js";
import { plainShapes } from "#pulmo/node/variant.js";
import { type ChooseOptions, chooseWeights, notesOf, readingName, tensorsOf } from "#pulmo/train/choose-weights.js";
import { pretrainedOf } from "#pulmo/train/pretrained.js";

const test = suite("weights in other people's files");

type Tensors = Map<string, StoredTensor>;

const wanted = MODELS.map((model) => ({ model, tensors: describe(model, plainShapes(), 224).tensors }));
const [{ tensors: logistic }, , { tensors: resnet }] = wanted;

/** Values that tell one tensor from another. */
const filled = (shape: number[], value: number) => float32Tensor(shape, new Float32Array(size(shape)).fill(value));
const state = (set: typeof resnet, shift = 0): Tensors =>
  new Map([...set.parameters, ...set.statistics].map(({ name, shape }, i) => [name, filled(shape, i + shift)]));
const plain = state(resnet);
const other = state(resnet, 0.5);

const renamed = (tensors: Tensors, rename: (name: string) => string): Tensors =>
  new Map([...tensors].map(([name, tensor]) => [rename(name), tensor]));
const changed = (tensors: Tensors, without: RegExp, added: [string, StoredTensor][]): Tensors =>
  new Map([...[...tensors].filter(([name]) => !without.test(name)), ...added]);

const choose = (sets: Record<string, Tensors>, options: ChooseOptions = {}) => {
  const list: StateDict[] = Object.entries(sets).map(([entry, tensors]) => ({ entry, tensors }));
  return chooseWeights({ path: "a.pth", sets: list, metadata: {} }, wanted, options);
};
const refused = (sets: Record<string, Tensors>, why: RegExp, options: ChooseOptions = {}) =>
  assert.throws(
    () => choose(sets, options),
    (error: unknown) => error instanceof InputError && why.test(error.message),
  );

/** Every tensor of the model has the values of `expected`. */
function assertTaken(sets: Record<string, Tensors>, notes: RegExp[], expected = plain, options: ChooseOptions = {}): void {
  const fit = choose(sets, options);
  const taken = tensorsOf(fit);
  for (const [name, { shape, data }] of expected) {
    assert.equal(taken.get(name)!.shape, shape, name);
    assert.is(Buffer.compare(taken.get(name)!.data, data), 0, name);
  }
  const said = notesOf(fit, "PNEUMONIA");
  assert.is(said.length, notes.length, said.join("; "));
  notes.forEach((note, i) => assert.match(said[i], note));
}

test("the file's own tensors need no word", () => assertTaken({ "": plain }, []));

test("under any key, beside an optimizer's state and counts", () => {
  const moments: Tensors = new Map([
    ["exp_avg", plain.get("conv1.weight")!],
    ["step", int64Scalar(3)],
  ]);
  const counted = changed(plain, /^$/, [["bn1.num_batches_tracked", int64Scalar(4)]]);
  assertTaken({ "whatever.net": counted, "optimizer.state.0": moments }, [/^has its weights in the entry "whatever\.net"$/]);
  assert.is(tensorsOf(choose({ net: counted })).get("bn1.num_batches_tracked")?.dtype, "I64");
});

for (const prefix of ["module.", "_orig_mod.", "model.", "backbone.", "model.resnet.", "module._orig_mod.", "a_b/"]) {
  test(`the prefix ${prefix} is removed, and an averaged model's count ignored`, () => {
    const wrapped = renamed(plain, (name) => prefix + name).set("n_averaged", int64Scalar(1));
    assertTaken({ "": wrapped }, [new RegExp(`^has names that begin with "${prefix}": this prefix is removed$`)]);
  });
}

test("a loss's weight and metrics beside the network are left out, and named", () => {
  const lightning = renamed(plain, (name) => `net.${name}`)
    .set("criterion.weight", filled([2], 1))
    .set("val_metrics.confmat", int64Scalar(1));
  assertTaken({ state_dict: lightning }, [
    /entry "state_dict"/,
    /prefix is removed/,
    /not used: criterion\.weight, val_metrics\.confmat$/,
  ]);
});

test("counts of steps are left out, and named", () => {
  const steps: Tensors = new Map([...renamed(plain, (name) => `ema_model.${name}`), ["step", int64Scalar(9)]]);
  assertTaken({ "": steps }, [/prefix is removed/, /not used: step$/]);
});

test("other tensors beside the network make it another model", () => {
  refused({ "": changed(plain, /^$/, [["temperature", filled([1], 2)]]) }, /tensors unknown: 1 \(temperature\)/);
  refused(
    { "": changed(plain, /^$/, [["layer1.0.conv4.weight", filled([64, 64, 3, 3], 2)]]) },
    /unknown: 1 \(layer1\.0\.conv4\.weight\)/,
  );
  refused({ "": changed(plain, /^$/, [["mean", filled([3], 2)]]) }, /unknown: 1 \(mean\)/);
  refused(
    { "": changed(plain, /^$/, [["aux.weight", filled([14, 512], 2)]]) },
    /it has 2 linear layers after the network's body \(fc, aux\), but resnet18 has one/,
  );
});

const head = (name: string, rows: number, weight = 1): [string, StoredTensor][] => [
  [`${name}.weight`, filled([rows, 512], weight)],
  [`${name}.bias`, filled([rows], weight / 2)],
];

test("a single linear layer of any name is the last layer: dropout before it does nothing", () => {
  const own: [string, StoredTensor][] = [
    ["fc.1.weight", plain.get("fc.weight")!],
    ["fc.1.bias", plain.get("fc.bias")!],
  ];
  assertTaken({ "": changed(plain, /^fc/, own) }, [/^has "fc\.1" as its last layer$/]);
  const outside = renamed(changed(plain, /^fc/, []), (name) => `backbone.${name}`)
    .set("classifier.weight", plain.get("fc.weight")!)
    .set("classifier.bias", plain.get("fc.bias")!);
  assertTaken({ "": outside }, [/begin with "backbone\."/, /^has "classifier" as its last layer$/]);
});

test("several linear layers, other widths and other numbers of classes are refused", () => {
  const deep = changed(plain, /^fc/, [...head("fc.0", 512), ...head("fc.3", 2)]);
  refused({ "": deep }, /it has 2 linear layers after the network's body \(fc\.0, fc\.3\), but resnet18 has one/);
  const fastai = renamed(changed(plain, /^fc/, []), (name) => `0.${name}`);
  const deeper: [string, StoredTensor][] = [...head("1.4", 512), ["1.2.weight", filled([512], 1)], ...head("1.8", 2)];
  refused({ "": new Map([...fastai, ...deeper]) }, /it has 2 linear layers after the network's body \(1\.4, 1\.8\)/);
  const normed = changed(plain, /^fc/, [...head("fc.1", 2), ["fc.0.weight", filled([512], 1)]]);
  refused({ "": normed }, /tensors unknown: 1 \(fc\.0\.weight\)/);
  refused(
    { "": changed(plain, /^fc/, head("fc", 1000)) },
    /its last layer fc has 1000 outputs, but pulmo's models have two classes/,
  );
  refused({ net: changed(plain, /^fc/, []) }, /has no last layer \(fc\.weight, fc\.bias\) \(in its entry "net"\)/);
  refused({ "": changed(plain, /^fc/, [["fc.weight", filled([2, 256], 1)]]) }, /fc\.weight F32 \[2,256\] instead of \[2,512\]/);
});

test("one output is the log-odds: 0 and z have its sigmoid as their softmax", () => {
  const fit = choose({ "": changed(plain, /^fc/, head("fc", 1, 3)) });
  const taken = tensorsOf(fit);
  const weight = float32Values(taken.get("fc.weight")!);
  assert.equal([...weight], [...new Array(512).fill(0), ...new Array(512).fill(3)]);
  assert.equal([...float32Values(taken.get("fc.bias")!)], [0, 1.5]);
  assert.equal(notesOf(fit, "SICK"), ["has one output: it is read as the log-odds of SICK (sigmoid)"]);
});

test("a last layer without bias has zeros", () => {
  const fit = choose({ "": changed(plain, /^fc\.bias/, []) });
  assert.equal([...float32Values(tensorsOf(fit).get("fc.bias")!)], [0, 0]);
  assert.equal(notesOf(fit, "x"), ["has no bias in its last layer: zeros are used"]);
});

test("names of a Sequential of torchvision's modules", () => {
  const places = { conv1: 0, bn1: 1, layer1: 4, layer2: 5, layer3: 6, layer4: 7, fc: 9 } as Record<string, number>;
  const children = renamed(plain, (name) => name.replace(/^\w+/, (module) => `${places[module]}`));
  assertTaken({ "": children }, [/^has names of a Sequential/]);
  assertTaken({ "": renamed(children, (name) => `features.${name}`) }, [/begin with "features\."/, /^has names of a Sequential/]);
});

test("several sets: equal ones are no choice, others are listed, and --entry names one", () => {
  assertTaken({ model: plain, best: new Map(plain) }, [/entry "model"/]);
  refused(
    { model: plain, model_ema: other },
    /holds several sets of weights that differ: choose one of model, model_ema with --entry/,
  );
  assertTaken({ model: plain, model_ema: other }, [/entry "model_ema"/], other, { entry: "model_ema" });
  refused({ model: plain, model_ema: other }, /has no weights "ema" that fit: use one of model, model_ema\./, { entry: "ema" });
  const both = new Map([...renamed(plain, (name) => `student.${name}`), ...renamed(other, (name) => `teacher.${name}`)]);
  refused({ state_dict: both }, /choose one of state_dict\.student, state_dict\.teacher/);
  assertTaken({ state_dict: both }, [/"state_dict"/, /"teacher\."/], other, { entry: "state_dict.teacher" });
  assert.is(readingName(choose({ "": plain })), ".");
});

test("other models are told by their tensors, and unrelated files by what they hold", () => {
  assert.is(choose({ "": state(logistic) }).wanted.model.name, "logistic");
  const linear: Tensors = new Map([...state(logistic)].map(([name, tensor]) => [name.replace("1.", "linear."), tensor]));
  assert.equal(notesOf(choose({ "": linear }), "x"), ['has "linear" as its last layer']);
  // The state of SGD for one parameter is no layer.
  refused(
    { "state.0": new Map([["momentum_buffer", state(logistic).get("1.weight")!]]) },
    /is not a checkpoint of logistic, dnn, resnet18/,
  );
  refused({ "": new Map([["a.weight", filled([3, 3], 1)]]) }, /check the path \(its tensors: the file itself: 1 as a\.weight\)/);
});

test("a training starts from the body where the last layer is another, and says what it does not use", () => {
  const fresh = (tensors: Tensors) => choose({ "": tensors }, { freshHead: true });
  const one = fresh(changed(plain, /^fc/, head("fc", 1, 3)));
  assert.not.ok(pretrainedOf(one).freshClassifier);
  const contrastive = fresh(changed(plain, /^fc/, [...head("fc.0", 512), ...head("fc.2", 128)]));
  assert.ok(pretrainedOf(contrastive).freshClassifier);
  assert.match(notesOf(contrastive, "x").join(), /not used: fc\.0\.weight, fc\.0\.bias, fc\.2\.weight, fc\.2\.bias/);
  assert.ok(pretrainedOf(fresh(changed(plain, /^fc/, head("fc", 14)))).freshClassifier);
  refused({ "": changed(plain, /^$/, [["layer1.0.conv4.weight", filled([64, 64, 3, 3], 2)]]) }, /unknown: 1/, {
    freshHead: true,
  });
});

/** Layers of torch.nn by name, as a pickled module lists them: [name, kind, attributes]. */
type Layers = [name: string, kind: string, settings?: Record<string, unknown>][];
const SEQUENTIAL = "container.Sequential";

const wholeModule = (tensors: Tensors, layers: Layers): StateDict => ({
  entry: "",
  tensors,
  module: {
    type: "torchvision.models.resnet.ResNet",
    layers: layers.map(([name, kind, settings = {}]) => ({
      name,
      type: /^[a-z]+\.[A-Z]/.test(kind) ? `torch.nn.modules.${kind}` : kind,
      settings: new Map(Object.entries(settings)),
    })),
  },
});
const chooseModule = (tensors: Tensors, layers: Layers, options: ChooseOptions = {}) =>
  chooseWeights({ path: "a.pth", sets: [wholeModule(tensors, layers)], metadata: {} }, wanted, options);

// Attributes of torchvision.models.resnet18() in PyTorch 1.13.
const RESNET: Layers = [
  ["", "ResNet"],
  ["conv1", "conv.Conv2d", { stride: [2, 2], padding: [3, 3], dilation: [1, 1], padding_mode: "zeros" }],
  ["bn1", "batchnorm.BatchNorm2d", { eps: 1e-5 }],
  ["relu", "activation.ReLU"],
  ["maxpool", "pooling.MaxPool2d", { kernel_size: 3, stride: 2, padding: 1, dilation: 1, ceil_mode: false }],
  ["layer1", SEQUENTIAL],
  ["layer1.0.conv1", "conv.Conv2d", { stride: [1, 1], padding: [1, 1], dilation: [1, 1], padding_mode: "zeros" }],
  ["layer2.0.conv1", "conv.Conv2d", { stride: [2, 2], padding: [1, 1], dilation: [1, 1], padding_mode: "zeros" }],
  ["layer2.0.downsample.0", "conv.Conv2d", { stride: [2, 2], padding: [0, 0], dilation: [1, 1], padding_mode: "zeros" }],
  ["avgpool", "pooling.AdaptiveAvgPool2d", { output_size: [1, 1] }],
  ["fc", "linear.Linear"],
];
/** The same with other layers in the places of `changes`. */
const resnetWith = (...changes: Layers): Layers => [
  ...RESNET.map((layer) => changes.find(([name]) => name === layer[0]) ?? layer),
  ...changes.filter(([name]) => !RESNET.some(([known]) => known === name)),
];
const headed = (rows: number, place = "fc.1") => changed(plain, /^fc/, head(place, rows));

test("a whole module is taken if its other layers are the model's", () => {
  assert.match(notesOf(chooseModule(plain, RESNET), "x")[0], /^holds a whole model \(torchvision\.models\.resnet\.ResNet\)/);
  const prefixed = RESNET.map(([name, ...rest]): Layers[number] => [name && `net.${name}`, ...rest]);
  chooseModule(
    renamed(plain, (name) => `net.${name}`),
    [...prefixed, ["loss", "loss.CrossEntropyLoss"], ["own", "Thing"]],
  );
});

for (const [what, layer, why] of [
  ["an activation", ["relu", "activation.LeakyReLU"], /its layer relu is LeakyReLU, which gives other scores than ResNet-18/],
  ["pooling left out", ["maxpool", "linear.Identity"], /its layer maxpool is Identity/],
  ["other pooling", ["avgpool", "pooling.AdaptiveMaxPool2d"], /its layer avgpool is AdaptiveMaxPool2d/],
  ["a stride", ["conv1", "conv.Conv2d", { stride: [1, 1], padding: [3, 3] }], /its layer conv1 has stride 1, 1/],
  ["a padding", ["layer1.0.conv1", "conv.Conv2d", { padding: [0, 0] }], /its layer layer1\.0\.conv1 has padding 0, 0/],
  ["an epsilon", ["bn1", "batchnorm.BatchNorm2d", { eps: 1e-3 }], /its layer bn1 has eps 0\.001/],
  ["a transform", ["0", "torchvision.transforms.transforms.Normalize"], /its layer 0 is Normalize/],
  ["another layer", ["blur", "padding.ReflectionPad2d"], /its layer blur is ReflectionPad2d/],
] as [string, Layers[number], RegExp][]) {
  test(`a whole module is refused for ${what} that no tensor shows`, () => {
    assert.throws(
      () => chooseModule(plain, resnetWith(layer)),
      (error: unknown) => error instanceof InputError && why.test(error.message),
    );
  });
}

test("a whole module's layers around the last one: those that keep its log-odds are allowed", () => {
  const around = (before: string, after: string): Layers =>
    resnetWith(["fc", SEQUENTIAL], ["fc.0", before], ["fc.1", "linear.Linear"], ["fc.2", after]);
  const fits = (rows: number, before: string, after: string) => chooseModule(headed(rows), around(before, after));
  const isRefused = (rows: number, before: string, after: string, why: RegExp) =>
    assert.throws(() => fits(rows, before, after), why);
  fits(2, "dropout.Dropout", "activation.Softmax");
  fits(2, "activation.ReLU", "activation.LogSoftmax");
  fits(1, "flatten.Flatten", "activation.Sigmoid");
  isRefused(2, "dropout.Dropout", "activation.Sigmoid", /its layer fc\.2 is Sigmoid on 2 outputs/);
  isRefused(1, "dropout.Dropout", "activation.Softmax", /is Softmax on 1 outputs/);
  isRefused(2, "dropout.Dropout", "activation.ReLU", /is ReLU after the last layer/);
  isRefused(2, "activation.Sigmoid", "dropout.Dropout", /is Sigmoid before the last layer|is Sigmoid on 2/);
  isRefused(2, "activation.Tanh", "dropout.Dropout", /its layer fc\.0 is Tanh/);
  // A training with a new last layer does not need the old one's activations.
  assert.ok(chooseModule(headed(14), around("activation.Tanh", "activation.Sigmoid"), { freshHead: true }));
});

test("a Sequential needs the activations of the models of pulmo", () => {
  const linear = (...names: number[]): Layers => names.map((name) => [`${name}`, "linear.Linear"]);
  const relu = (...names: number[]): Layers => names.map((name) => [`${name}`, "activation.ReLU"]);
  const inOrder = (layers: Layers) => layers.sort(([a], [b]) => Number(a || -1) - Number(b || -1));
  const [, { tensors: dnn }] = wanted;
  const whole: Layers = [["", SEQUENTIAL], ["0", "flatten.Flatten"], ...linear(1, 3, 5, 7)];
  const state = (set: typeof dnn): Tensors =>
    new Map([...set.parameters].map(({ name, shape }) => [name, { dtype: "F32", shape, data: new Uint8Array(0) }]));
  assert.is(chooseModule(state(dnn), inOrder([...whole, ...relu(2, 4, 6)])).wanted.model.name, "dnn");
  assert.throws(
    () => chooseModule(state(dnn), inOrder([...whole, ...relu(2, 4), ["6", "dropout.Dropout"]])),
    /its layer 6 is Dropout, which gives other scores than DNN/,
  );
  const one: Layers = [["", SEQUENTIAL], ["0", "flatten.Flatten"], ...linear(1)];
  assert.is(chooseModule(state(logistic), one).wanted.model.name, "logistic");
  assert.throws(() => chooseModule(state(logistic), [...one, ...relu(2)]), /its layer 2 is ReLU/);
});

test("a Sequential of other widths needs a ReLU behind each hidden layer, and none elsewhere", () => {
  const chooseOf = (hidden: number[], kinds: string[]) => {
    const model = dnnOf(hidden);
    const { tensors } = describe(model, plainShapes(), 224);
    const layers: Layers = [["", SEQUENTIAL], ...kinds.map((kind, i): Layers[number] => [`${i}`, kind])];
    const state: Tensors = new Map(
      tensors.parameters.map(({ name, shape }) => [name, { dtype: "F32", shape, data: new Uint8Array(0) }]),
    );
    const list = [wholeModule(state, layers)];
    return chooseWeights({ path: "a.pth", sets: list, metadata: {} }, [{ model, tensors }], {}).wanted.model;
  };
  const [flatten, linear, relu, dropout] = ["flatten.Flatten", "linear.Linear", "activation.ReLU", "dropout.Dropout"];
  assert.equal(chooseOf([4], [flatten, linear, relu, linear, "activation.Softmax"]).hidden, [4]);
  assert.throws(() => chooseOf([4], [flatten, linear, relu, linear, relu]), /its layer 4 is ReLU/);
  const four = (last: string) => [flatten, linear, relu, linear, relu, linear, relu, linear, last, linear];
  assert.equal(chooseOf([4, 3, 2, 2], four(relu)).hidden, [4, 3, 2, 2]);
  assert.throws(() => chooseOf([4, 3, 2, 2], four(dropout)), /its layer 8 is Dropout/);
});

test("states of torchmetrics and losses of usual names are left out", () => {
  for (const name of [
    "ce.weight",
    "bce.pos_weight",
    "loss_func.weight",
    "weights",
    "val_f1score.tp",
    "cm.confmat",
    "mean.mean_value",
  ]) {
    const fit = choose({ "": changed(plain, /^$/, [[name, filled([2], 1)]]) });
    assert.equal(fit.leftOut, [name]);
  }
});

test("refusals name other architectures, missing last layers, and what the user can do", () => {
  refused(
    { "": changed(plain, /^$/, [["layer1.2.conv1.weight", filled([64, 64, 3, 3], 2)]]) },
    /holds the weights of a ResNet-34/,
  );
  const dense: Tensors = new Map([["features.denseblock1.denselayer1.conv1.weight", filled([1], 1)]]);
  refused({ net: dense }, /holds the weights of a DenseNet, not of logistic, dnn, resnet18/);
  refused(
    { "": changed(plain, /^fc/, []) },
    /^a\.pth has no last layer \(fc\.weight, fc\.bias\): start a training .* run --weights/,
  );
  const buffers: [string, StoredTensor][] = [
    ["mean", filled([3], 1)],
    ["std", filled([3], 1)],
  ];
  refused(
    { "": changed(plain, /^$/, buffers) },
    /unknown: 2 \(mean, std\): they normalize the images, so give .* --mean and --std/,
  );
  refused({ "": changed(plain, /^$/, [["tau", filled([1], 1)]]) }, /\(tau\): if the network works without them, remove them/);
});

test.run();
