// Facts about a model file.
export { modelInfoText } from "../../report/model-info-text.js";
export { modelInfo } from "../../run/model-info.js";
