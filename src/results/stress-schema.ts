// stress.json read back: it comes with a run's folder, which anybody may have made.
import * as v from "valibot";
import { readJson } from "./read-json.js";
import { STRESS_KINDS, type StressResults } from "./stress-results.js";

/** pulmo's own curves have 5 levels at most, and 30 images a block. */
const MAX_ENTRIES = 10_000;

const number = v.pipe(v.number(), v.finite());
const count = v.pipe(number, v.integer(), v.minValue(0));
const list = <T extends v.GenericSchema>(item: T) => v.pipe(v.array(item), v.maxLength(MAX_ENTRIES));
/** A sum's last bit may lie beyond 1. */
const estimate = v.nullable(v.object({ value: number, interval: v.tuple([number, number]) }));
const curve = v.object({
  untouched: number,
  points: list(v.object({ level: number, auc: estimate, recall: estimate, specificity: estimate })),
});
const alarms = { n: count, alarms: count };

export const stressSchema: v.GenericSchema<unknown, StressResults> = v.object({
  images: v.object({ NORMAL: count, PNEUMONIA: count }),
  curves: v.record(v.picklist(STRESS_KINDS), curve),
  falseAlarms: v.object({
    blocks: list(v.object({ ...alarms, series: v.pipe(v.string(), v.maxLength(10_000)), from: count, to: count })),
    sharpness: v.object({ sigma: number, quarters: list(v.object({ ...alarms, from: number, to: number })) }),
  }),
});

/** A model's results, or what is wrong with the text. */
export const parseStress = (json: string): { value: StressResults } | { fault: string } => readJson(stressSchema, json);
