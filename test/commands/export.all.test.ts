// All three models in all formats, the DNN's 308 MB as well, on the published images where they are present.
import { suite } from "uvu";
import { realData, withoutData } from "../data/places.js";
import { dataset } from "./cli.js";
import { testExports } from "./exports.js";

const test = suite("export of all models");

const perClass = 16;
const root = withoutData("chest_xray") ? await dataset({ train: perClass, val: 1, test: perClass }) : realData("chest_xray");
testExports(test, { root, perClass, extensionsOf: () => ["onnx", "safetensors", "pth"] });

test.run();
