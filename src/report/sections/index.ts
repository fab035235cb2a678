import type { Section } from "../blocks.js";
import type { ReportInput } from "../input.js";
import { comparison } from "./comparison.js";
import { data } from "./data.js";
import { method } from "./method.js";
import { models } from "./models.js";
import { review } from "./review.js";
import { sensitivity } from "./sensitivity.js";
import { summary } from "./summary.js";
import { thresholds } from "./thresholds.js";
import { uncertainty } from "./uncertainty.js";

/** The sections in reading order. */
export const SECTIONS: ((input: ReportInput) => Section[])[] = [
  summary,
  comparison,
  thresholds,
  review,
  uncertainty,
  sensitivity,
  models,
  data,
  method,
];
