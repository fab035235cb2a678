import type { Pixels } from "../../core/resize.js";

/**
 * Turns a frontal radiograph to the standard orientation, with the patient's left on the right and feet below: rows run to L,
 * columns to F. `directions` is PatientOrientation, which states where the file's rows and columns run to. Lateral views (A, P),
 * oblique directions of two letters, and files that state none stay unchanged.
 */
export function turnUpright(image: Pixels, directions: string): Pixels {
  const found = /^(?:([LR])\\([FH])|([FH])\\([LR]))$/.exec(directions);
  if (!found) return image;
  const { data, width, height, channels } = image;
  const [, rowAcross, columnDown, rowDown, columnAcross] = found;
  const transposed = rowDown !== undefined;
  const mirrored = (rowAcross ?? columnAcross) === "R";
  const upended = (columnDown ?? rowDown) === "H";
  if (!transposed && !mirrored && !upended) return image;
  const [w, h] = transposed ? [height, width] : [width, height];
  const turned = new Uint8Array(data.length);
  for (let y = 0; y < h; y++) {
    const v = upended ? h - 1 - y : y;
    for (let x = 0; x < w; x++) {
      const u = mirrored ? w - 1 - x : x;
      turned[y * w + x] = data[transposed ? u * width + v : v * width + u];
    }
  }
  return { data: turned, width: w, height: h, channels };
}
