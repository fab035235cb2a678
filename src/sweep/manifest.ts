// sweep.json: the tasks of a sweep. A task's name is a hash of everything that decides its results.
import { createHash } from "node:crypto";
import { join } from "node:path";
import * as v from "valibot";
import { InputError } from "../core/errors.js";
import { writeFileAtomic } from "../node/files.js";
import { readChecked } from "../node/read-checked.js";
import type { Rounding } from "../node/variant.js";
import { type Settings, settingsSchema } from "../settings/settings.js";
import { variedSettings } from "./spec.js";

const varied = v.picklist([...variedSettings().keys()]);
const value = v.union([v.string(), v.pipe(v.number(), v.finite())]);
const NAME = /^[0-9a-f]{16}$/;
/** One training with its evaluation. */
const task = v.object({
  name: v.pipe(v.string(), v.regex(NAME)),
  /** Of all settings in the specification. */
  values: v.record(varied, value),
  settings: settingsSchema,
  /** The file that the training starts from; null: from scratch. */
  weights: v.nullable(v.object({ path: v.string(), sha256: v.string() })),
});
export type SweepTask = v.InferOutput<typeof task>;

/** Unknown keys are dropped: `work` refuses a manifest of another version by its `pulmo`, with a message of its own. */
const schema = v.object({
  schema: v.literal(1),
  pulmo: v.string(),
  bits: v.picklist(["plain", "fused"]) satisfies v.GenericSchema<unknown, Rounding>,
  manifestSha256: v.string(),
  /** The settings with several values, in the specification's order. */
  varied: v.array(varied),
  folds: v.nullable(v.number()),
  tasks: v.pipe(v.array(task), v.minLength(1)),
});
export type SweepManifest = v.InferOutput<typeof schema>;

/** The hash covers the names and content of the images and the content of the weights, not their paths. */
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

/** Throws an InputError if the task is not what its name says, as after a change of sweep.json by hand. */
export function checkName(
  dir: string,
  { pulmo, bits, manifestSha256 }: SweepManifest,
  { name, settings, weights }: SweepTask,
): void {
  if (nameOf(settings, { pulmo, bits, manifestSha256, weights: weights?.sha256 ?? null }) === name) return;
  throw new InputError(
    `${pathOf(dir)} was changed: the task ${name} has other settings, images or weights than when it was planned. Plan the sweep again.`,
  );
}

const pathOf = (dir: string): string => join(dir, "sweep.json");
export const taskFolder = (dir: string, { name }: Pick<SweepTask, "name">): string => join(dir, "tasks", name);

export const saveManifest = (dir: string, manifest: SweepManifest): Promise<void> =>
  writeFileAtomic(pathOf(dir), `${JSON.stringify(manifest, null, 1)}\n`);

export const readManifestOf = (dir: string): Promise<SweepManifest> =>
  readChecked(pathOf(dir), {
    schema,
    // 100,000 tasks have about six million values.
    most: 256 * 2 ** 20,
    mostValues: 2e7,
    unreadable: "name a folder that sweep plan made",
    invalid: "plan the sweep again",
  });
