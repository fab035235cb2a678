// The model that comes with pulmo: model/resnet18.pulmo in the package. model/model.json states its SHA-256.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { InputError } from "../core/errors.js";
import { readInput } from "./files.js";
import { readCheckedIfPresent } from "./read-checked.js";

const FOLDER = fileURLToPath(new URL("../../model", import.meta.url));
const NAME = "resnet18.pulmo";
const FACTS = "model.json";
export const PACKAGED_MODEL = join(FOLDER, NAME);

const MAX_BYTES = 2 ** 26;
const MAX_FACTS = 2 ** 14;

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const factsSchema = v.object({
  /** Of resnet18.pulmo. */
  sha256,
  /** Of the model.safetensors that the run saved, from which resnet18.pulmo was exported. */
  weightsSha256: sha256,
});
export type PackagedFacts = v.InferOutput<typeof factsSchema>;

const REINSTALL = "install pulmo again, or name another model";

/** What model.json states; undefined in a copy of pulmo that has no model. Throws an InputError if the file is damaged. */
export const packagedFacts = (folder = FOLDER): Promise<PackagedFacts | undefined> =>
  readCheckedIfPresent(join(folder, FACTS), { schema: factsSchema, most: MAX_FACTS, unreadable: REINSTALL, invalid: REINSTALL });

export const hasPackagedModel = (folder = FOLDER): boolean => existsSync(join(folder, FACTS));

/** The bytes of the model file. Throws an InputError if it is missing, or not the one of model.json. */
export async function packagedModel(folder = FOLDER): Promise<Uint8Array> {
  const path = join(folder, NAME);
  const facts = await packagedFacts(folder);
  if (!facts) {
    throw new InputError(`No model is named, and this copy of pulmo comes without one (${path} is missing): name a model.`);
  }
  const bytes = await readInput(path, MAX_BYTES, REINSTALL);
  if (createHash("sha256").update(bytes).digest("hex") !== facts.sha256) {
    throw new InputError(
      `${path} is damaged or replaced: its SHA-256 is not the one in ${join(folder, FACTS)}. To go on, ${REINSTALL}.`,
    );
  }
  return bytes;
}
