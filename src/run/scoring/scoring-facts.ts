// What the scores of a process depend on besides the images: equal for all shards that may be merged.
import * as v from "valibot";
import { CLASSES } from "../../data/types.js";
import { version } from "../../node/version.js";
import type { OpenedModel } from "./open-checkpoint.js";

export const scoringFactsSchema = v.object({
  /** The version of pulmo. */
  pulmo: v.string(),
  /** SHA-256 of the model's tensors and facts. */
  model: v.string(),
  threshold: v.number(),
  classes: v.tuple([v.string(), v.string()]),
  /** How the kernels round: "portable" (one image at a time), "simd", or "fused" for relaxed and revec, which give the same bits. */
  rounding: v.picklist(["portable", "simd", "fused"]),
  anyBodyPart: v.boolean(),
  refuseUnusual: v.boolean(),
  /** null: no decisions. */
  errorRate: v.nullable(v.number()),
});
export type ScoringFacts = v.InferOutput<typeof scoringFactsSchema>;

export interface ScoringChoices {
  threshold?: number | undefined;
  portable: boolean;
  anyBodyPart?: boolean | undefined;
  refuseUnusual?: boolean | undefined;
  errorRate?: number | null | undefined;
}

/** `opened` has been opened with `identified`. */
export function scoringFacts(
  { facts, variant, sha256 }: OpenedModel,
  { threshold = facts.threshold, portable, anyBodyPart = false, refuseUnusual = false, errorRate = null }: ScoringChoices,
): ScoringFacts {
  const [negative, positive] = facts.classes ?? CLASSES;
  const rounding = portable ? "portable" : variant === "simd" ? "simd" : "fused";
  const choices = { threshold, anyBodyPart, refuseUnusual, errorRate };
  return { pulmo: version, model: sha256!, classes: [negative, positive], rounding, ...choices };
}

const WORDS: Record<keyof ScoringFacts, { differ: string; shown(facts: ScoringFacts): string; advice: string }> = {
  model: { differ: "different models", shown: ({ model }) => `SHA-256 ${model.slice(0, 12)}`, advice: "one model" },
  classes: { differ: "different class names", shown: ({ classes }) => classes.join(","), advice: "one model" },
  threshold: { differ: "different thresholds", shown: ({ threshold }) => String(threshold), advice: "one --threshold" },
  pulmo: { differ: "different versions of pulmo", shown: ({ pulmo }) => pulmo, advice: "one version" },
  anyBodyPart: {
    differ: "different settings of --any-body-part",
    shown: ({ anyBodyPart }) => (anyBodyPart ? "given" : "not given"),
    advice: "the same options",
  },
  refuseUnusual: {
    differ: "different settings of --refuse-unusual",
    shown: ({ refuseUnusual }) => (refuseUnusual ? "given" : "not given"),
    advice: "the same options",
  },
  errorRate: {
    differ: "different error rates",
    shown: ({ errorRate }) => (errorRate === null ? "none" : String(errorRate)),
    advice: "one --error-rate",
  },
  rounding: { differ: "kernels that round differently", shown: ({ rounding }) => rounding, advice: "--portable on all machines" },
};

/** How the scores of two processes differ, as the rest of a sentence; undefined: in nothing. */
export function scoringDifference(one: ScoringFacts, other: ScoringFacts): string | undefined {
  const keys = Object.keys(WORDS) as (keyof ScoringFacts)[];
  const key = keys.find((name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]));
  if (key === undefined) return undefined;
  const { differ, shown, advice } = WORDS[key];
  return `${differ} (${shown(one)} and ${shown(other)}): score all shards with ${advice}`;
}
