// Small files that are made to cost much: each reader must answer them as it answers others, within two seconds and 500 MiB.
import { archives } from "./adversarial/archives.js";
import { images } from "./adversarial/images.js";
import { models } from "./adversarial/models.js";
import { texts } from "./adversarial/texts.js";
import { weights } from "./adversarial/weights.js";

export interface AdversarialCase {
  /** The name of the Area in test/attack/areas.ts. */
  area: string;
  name: string;
  /** Takes a fraction of a second to make and to read: also in `npm run test:all`. */
  quick?: boolean;
  bytes(): Uint8Array;
}

export const ADVERSARIAL: readonly AdversarialCase[] = [...weights, ...texts, ...images, ...archives, ...models];
