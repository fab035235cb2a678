import { openResizer } from "../image/resizer.js";
import { compileKernels } from "./variant.js";

/** Resizes to size x size, RGB. */
export const makeResizer = (size: number): ReturnType<typeof openResizer> =>
  openResizer(compileKernels("simd"), size, { shared: true });
