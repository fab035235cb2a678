// The figures of a run on the published images against scikit-learn.
import { suite } from "uvu";
import { realData, withoutData } from "../data/places.js";
import { unless } from "../skip.js";
import { assertLikeScikit, withoutSklearn } from "./scikit.js";

const test = suite("metrics of a run on published images");

unless(withoutSklearn ?? withoutData("chest_xray"), test)("every figure is scikit-learn's", () =>
  assertLikeScikit("--data", realData("chest_xray"), "--limit", "120"),
);

test.run();
