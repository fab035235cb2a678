// The figures of a run against scikit-learn.
import { suite } from "uvu";
import { unless } from "../skip.js";
import { dataset } from "./cli.js";
import { assertLikeScikit, withoutSklearn } from "./scikit.js";

const test = suite("metrics of a run");

unless(withoutSklearn, test)("every figure is scikit-learn's, and the classification report to the byte", async () =>
  assertLikeScikit("--data", await dataset({ train: 12, val: 4, test: 60 })),
);

test.run();
