// PULMO_WASM and --no-revectorize: which variant of the kernels a command uses.
import { InputError } from "../core/errors.js";
import type { Variant } from "../node/variant.js";

const VARIANTS: readonly Variant[] = ["simd", "relaxed", "revec"];

/** Undefined or empty: the fastest variant that works here. */
export function readVariant(text: string | undefined): Variant | undefined {
  if (text === undefined || text === "") return undefined;
  const variant = VARIANTS.find((name) => name === text);
  if (!variant) throw new InputError(`PULMO_WASM is ${JSON.stringify(text)}: use one of ${VARIANTS.join(", ")}.`);
  return variant;
}

/** relaxed gives the same bits as revec; simd does not. */
export const withoutRevectorizer = (variant: Variant | undefined): Variant =>
  variant === undefined || variant === "revec" ? "relaxed" : variant;
