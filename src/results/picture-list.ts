// pictures.json: what it holds, where it lies, what its pictures are called.
import type { MapKind } from "../core/models/definition.js";

/** `<model>/pictures.json`: what pulmo drew for the report. Paths are relative to the run's folder. */
export interface Pictures {
  /** The test images on the wrong side of 0.5, surest first, at most a fixed number of each kind. */
  errors: Picture[];
  /** Example test images with what the model looks at. */
  maps: (Picture & { map: string })[];
  /** What the colours of a map mean, for a caption: "class activation", "weights", "input gradient". */
  mapKind: MapKind;
  /** The colours of what speaks for a class, "#rrggbb", for a legend. */
  mapColours?: { NORMAL: string; PNEUMONIA: string };
}

export interface Picture {
  /** The dataset's file name. */
  file: string;
  label: 0 | 1;
  pPneumonia: number;
  /** A small JPEG of the X-ray. */
  image: string;
}

export const PICTURES_FILE = "pictures.json";

/** Relative to the run's folder, with forward slashes; numbers count from 1. */
export const picturePath = (model: string, number: number): string => `${model}/pictures/${number}.jpeg`;
