// Which coefficients of a JPEG its scans hold (ITU T.81, annex G): a progressive file that was cut between two scans is blurred.
import { damagedImage } from "../faults.js";

export interface ScanRecord {
  /** Takes a scan of components (their places in the frame): its spectral selection, and Al, the low bits that it leaves out. */
  add(components: number[], first: number, last: number, low: number): void;
  /** Throws an Error unless the scans so far hold every bit of every coefficient of every component. */
  requireAll(): void;
}

const COEFFICIENTS = 64;
/** Of a coefficient that is in no scan. Al is at most 13. */
const MISSING = 255;

export function createScanRecord(components: number): ScanRecord {
  /** The low bits that are still missing, by component and coefficient. */
  const missing = Array.from({ length: components }, () => new Uint8Array(COEFFICIENTS).fill(MISSING));
  return {
    add(scanned, first, last, low) {
      if (first > last || last >= COEFFICIENTS) throw damagedImage();
      for (const component of scanned) missing[component].fill(low, first, last + 1);
    },
    requireAll() {
      if (missing.every((bits) => bits.every((left) => left === 0))) return;
      if (missing.some((bits) => bits[0] === MISSING)) throw damagedImage();
      throw new Error("the progressive JPEG lacks its last scans: it was cut short, or made as a preview");
    },
  };
}
