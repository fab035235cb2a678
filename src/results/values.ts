// Schemas of single values, with bounds for files that anybody may have made.
import * as v from "valibot";

export const number = v.pipe(v.number(), v.finite());
export const count = v.pipe(number, v.integer(), v.minValue(0));
export const share = v.pipe(number, v.minValue(0), v.maxValue(1));
export const text = v.pipe(v.string(), v.maxLength(10_000));
/** An area under a curve; null if a class is absent. It is a sum, so rounding may take it slightly above 1. */
export const area = v.nullable(number);
export const pair = <T extends v.GenericSchema>(item: T) => v.tuple([item, item]);
export const list = <T extends v.GenericSchema>(item: T, most = 2_000_000) => v.pipe(v.array(item), v.maxLength(most));

/** Lower and upper end of a 95 % interval. */
export const interval = pair(number);
export type Interval = v.InferOutput<typeof interval>;
