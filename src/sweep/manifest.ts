// sweep.json: the tasks of a sweep. A task's name is a hash of everything that decides its results.
import { createHash } from "node:crypto";
import { join } from "node:path";
import * as v from "valibot";
import { InputError } from "../core/errors.js";
import { readBounded, writeFileAtomic } from "../node/files.js";
import type { Variant } from "../node/variant.js";
import { type Settings, settingsSchema } from "../settings/settings.js";
import { type Value, type Varied, variedSettings } from "./spec.js";

/** How the kernels round: relaxed and revec give the same bits. */
export type Bits = "plain" | "fused";
export const bitsOf = (variant: Variant): Bits => (variant === "simd" ? "plain" : "fused");

/** One training with its evaluation. */
export interface SweepTask {
  name: string;
  /** Of all settings in the specification. */
  values: Record<Varied, Value>;
  settings: Settings;
  /** A file's path, or "none"; null: those of `weights fetch`, if they are there. */
  weights: string | null;
}

export interface SweepManifest {
  schema: 1;
  pulmo: string;
  bits: Bits;
  manifestSha256: string;
  /** The settings with several values, in the specification's order. */
  varied: Varied[];
  folds: number | null;
  tasks: SweepTask[];
}

const varied = v.picklist([...variedSettings().keys()]);
const value = v.union([v.string(), v.pipe(v.number(), v.finite())]);
const NAME = /^[0-9a-f]{16}$/;
const schema: v.GenericSchema<unknown, SweepManifest> = v.object({
  schema: v.literal(1),
  pulmo: v.string(),
  bits: v.picklist(["plain", "fused"]),
  manifestSha256: v.string(),
  varied: v.array(varied),
  folds: v.nullable(v.number()),
  tasks: v.pipe(
    v.array(
      v.object({
        name: v.pipe(v.string(), v.regex(NAME)),
        values: v.record(varied, value),
        settings: settingsSchema,
        weights: v.nullable(v.string()),
      }),
    ),
    v.minLength(1),
  ),
});

/** The hash covers the contents of images and weights, not their paths. */
export function nameOf({ data: _, weights: __, ...settings }: Settings, facts: Record<string, string | null>): string {
  const sorted = (value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, inner]) => [key, sorted(inner)]),
        )
      : value;
  return createHash("sha256")
    .update(JSON.stringify(sorted({ ...settings, ...facts })))
    .digest("hex")
    .slice(0, 16);
}

const pathOf = (dir: string): string => join(dir, "sweep.json");
export const taskFolder = (dir: string, { name }: Pick<SweepTask, "name">): string => join(dir, "tasks", name);

export const saveManifest = (dir: string, manifest: SweepManifest): Promise<void> =>
  writeFileAtomic(pathOf(dir), `${JSON.stringify(manifest, null, 1)}\n`);

const MAX_BYTES = 256 * 2 ** 20;

export async function readManifestOf(dir: string): Promise<SweepManifest> {
  const path = pathOf(dir);
  const bytes = await readBounded(path, MAX_BYTES).catch((error) => {
    throw new InputError(`${path} cannot be read (${error.code ?? error.message}): give a folder written by sweep plan.`);
  });
  const found = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), bytes.toString("utf8"), { abortPipeEarly: true });
  if (found.success) return found.output;
  throw new InputError(`${path} is damaged: plan the sweep again.`);
}
