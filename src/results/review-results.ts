// Decisions with a chosen error rate per class (eval/conformal.ts).
import * as v from "valibot";
import { count, interval, list, share } from "./values.js";

/** Images of one class. */
const classReview = v.object({
  n: count,
  /** Images for review. */
  review: count,
  /** Images decided as the other class. The error rate is a bound on the expected share wrong / n. */
  wrong: count,
  /** Of review / n, wrong / n, and wrong / (n - review): Wilson's 95 % intervals; null without images. */
  intervals: v.object({ review: v.nullable(interval), wrong: v.nullable(interval), wrongOfDecided: v.nullable(interval) }),
});
export type ClassReview = v.InferOutput<typeof classReview>;

const reviewFigures = v.object({ NORMAL: classReview, PNEUMONIA: classReview });
export type ReviewFigures = v.InferOutput<typeof reviewFigures>;

export const reviewSchema = v.object({
  /** Number of validation images of each class that the decisions are based on. */
  validation: v.object({ NORMAL: count, PNEUMONIA: count }),
  rates: list(
    v.object({
      errorRate: share,
      /** Validation images of each class that the error rate needs. */
      needed: count,
      /** Each validation image by the others (leave-one-out). Null if there are fewer images than needed. */
      val: v.nullable(reviewFigures),
      test: v.nullable(reviewFigures),
    }),
    1000,
  ),
});
export type ReviewResults = v.InferOutput<typeof reviewSchema>;
