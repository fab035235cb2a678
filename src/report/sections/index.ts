import type { Section } from "../blocks.js";
import type { ReportInput } from "../input.js";
import { comparison } from "./comparison.js";
import { data } from "./data.js";
import { method } from "./method.js";
import { models } from "./models.js";
import { leaning } from "./sensitivity.js";
import { summary } from "./summary.js";
import { thresholds } from "./thresholds.js";
import { certainty } from "./uncertainty.js";

/** The report in reading order. A new section is a file beside this one and a line here. */
export const SECTIONS: ((input: ReportInput) => Section[])[] = [
  summary,
  comparison,
  thresholds,
  certainty,
  leaning,
  models,
  data,
  method,
];
