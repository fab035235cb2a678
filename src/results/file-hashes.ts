// What a run's files belong to: predictions to a model, pictures and stress tests to a model and its predictions.
import * as v from "valibot";

export const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** SHA-256 of a training's model.safetensors, predictions-val.csv and predictions-test.csv, in hexadecimal. */
export const fileHashes = v.object({ model: sha256, val: v.exactOptional(sha256), test: v.exactOptional(sha256) });
export type FileHashes = v.InferOutput<typeof fileHashes>;

/** The model and the test predictions that pictures.json or stress.json was made from. */
export const madeFromSchema = v.object({ model: sha256, test: sha256 });
export type MadeFrom = v.InferOutput<typeof madeFromSchema>;

/** Files of versions that recorded no hashes belong to runs of such versions. */
export const isMadeFrom = ({ madeFrom }: { madeFrom?: MadeFrom }, hashes: FileHashes | undefined): boolean =>
  madeFrom?.model === hashes?.model && madeFrom?.test === hashes?.test;
