// Whole training steps and inference, 224x224x3. One group per case, so that each case has its own processes.

const step = (model, mode, batch) => ({
  group: `${model} ${mode} ${batch}`,
  name: `${model} ${mode === "train" ? "training step" : "inference"}, batch ${batch}`,
  job: { op: "step", model, mode, batch, images: batch },
});

export function stepCases(quick) {
  return [
    step("logistic", "train", 32),
    step("dnn", "train", 32),
    step("resnet18", "train", quick ? 4 : 32),
    ...(quick ? [] : [step("resnet18", "infer", 32)]),
    step("resnet18", "infer", 1),
  ];
}
