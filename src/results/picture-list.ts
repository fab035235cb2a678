// <model>/pictures.json: the pictures that pulmo drew for the report.
import * as v from "valibot";
import { MAP_KINDS } from "../core/models/definition.js";
import { madeFromSchema } from "./file-hashes.js";
import { list, share } from "./values.js";

export const PICTURES_FILE = "pictures.json";

/** Relative to the folder of the run, with forward slashes. Numbers start at 1. */
export const picturePath = (model: string, number: number): string => `${model}/pictures/${number}.jpeg`;

/** pulmo writes at most 12 errors of each kind and 8 maps. */
const MAX_PICTURES = 100;

const file = v.pipe(v.string(), v.maxLength(4096));
const colour = v.pipe(v.string(), v.regex(/^#[0-9a-f]{6}$/));

/** The pictures of `model`. Paths are relative to the folder of the run. */
export function picturesSchema(model: string) {
  // Only what picturePath returns for this model: no such path leads out of the folder.
  const path = v.pipe(
    v.string(),
    v.check((text) => {
      const [, number] = /\/([1-9]\d{0,2})\.jpeg$/.exec(text) ?? [];
      return number !== undefined && text === picturePath(model, Number(number));
    }),
  );
  const picture = v.object({
    /** The file name in the dataset. */
    file,
    label: v.picklist([0, 1]),
    pPneumonia: share,
    /** A small JPEG of the X-ray. */
    image: path,
  });
  return v.object({
    madeFrom: v.exactOptional(madeFromSchema),
    /** Test images on the wrong side of 0.5, the most certain first; at most a fixed number of each kind. `evaluate` adds maps. */
    errors: list(v.object({ ...picture.entries, map: v.exactOptional(path) }), MAX_PICTURES),
    /** Examples of test images, each with a map of what the model looks at. */
    maps: list(v.object({ ...picture.entries, map: path }), MAX_PICTURES),
    /** What the colours of a map mean: "class-activation", "weights" or "input-gradient". */
    mapKind: v.picklist(MAP_KINDS),
    /** The colours of areas that count for a class, "#rrggbb", for a legend. */
    mapColours: v.exactOptional(v.object({ NORMAL: colour, PNEUMONIA: colour })),
  });
}

export type Pictures = v.InferOutput<ReturnType<typeof picturesSchema>>;
export type Picture = Pictures["errors"][number];
