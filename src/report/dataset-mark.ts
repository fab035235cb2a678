import type { DatasetFacts } from "../results/metrics.js";
import type { Words } from "./text/index.js";

/** What every page says about images that are not the user's own. */
export interface Mark {
  title: string;
  text: string;
  short: string;
}

/** null: the images are the user's own. */
export function markOf({ synthetic, sample }: Pick<DatasetFacts, "synthetic" | "sample">, { page }: Words): Mark | null {
  if (synthetic) return { title: page.syntheticTitle, text: page.synthetic, short: page.syntheticMark };
  if (sample) return { title: page.sampleTitle, text: page.sample, short: page.sampleMark };
  return null;
}
