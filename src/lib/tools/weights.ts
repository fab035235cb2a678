// Weights files: download of ImageNet weights, conversion between formats, content of a file.
export { fileSha256 } from "../../formats/weights.js";
export { convert as convertWeights, exportModel, refuseOverwriting } from "../../run/exports/export.js";
export { effectOfInt8 } from "../../run/exports/export-model-file.js";
export { fetchOfficialWeights } from "../../run/exports/fetch-weights.js";
export { exportHuggingFace } from "../../run/exports/hugging-face.js";
export { readTensors } from "../../run/exports/read-tensors.js";
