// pictures.json read back: it comes with a run's folder, which anybody may have made.

import * as v from "valibot";
import { MAP_KINDS } from "../core/models/definition.js";
import { type Pictures, picturePath } from "./picture-list.js";
import { readJson } from "./read-json.js";

/** pulmo's own have 12 errors of either kind and 8 maps. */
const MAX_PICTURES = 100;
const MAX_NAME = 4096;

const colour = v.pipe(v.string(), v.regex(/^#[0-9a-f]{6}$/));

/** The paths depend on the model. */
function pictures(model: string): v.GenericSchema<unknown, Pictures> {
  // Only what picturePath makes for this model: no such path leaves the run's folder.
  const path = v.pipe(
    v.string(),
    v.check((text) => {
      const [, number] = /\/([1-9]\d{0,2})\.jpeg$/.exec(text) ?? [];
      return number !== undefined && text === picturePath(model, Number(number));
    }),
  );
  const picture = {
    file: v.pipe(v.string(), v.maxLength(MAX_NAME)),
    label: v.picklist([0, 1]),
    pPneumonia: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
    image: path,
  };
  return v.object({
    errors: v.pipe(v.array(v.object(picture)), v.maxLength(MAX_PICTURES)),
    maps: v.pipe(v.array(v.object({ ...picture, map: path })), v.maxLength(MAX_PICTURES)),
    mapKind: v.picklist(MAP_KINDS),
    mapColours: v.exactOptional(v.object({ NORMAL: colour, PNEUMONIA: colour })),
  });
}

/** `model`'s pictures, or null where the text is none that pulmo would have written. */
export function parsePictures(json: string, model: string): Pictures | null {
  const read = readJson(pictures(model), json);
  return "value" in read ? read.value : null;
}
