// The functional groups of enhanced and multi-frame files (PS3.3 C.7.6.16), which hold attributes that others have at the top level.
import type { DataSet } from "./data-set.js";

/** Shared Functional Groups Sequence, Per-Frame Functional Groups Sequence. */
const GROUPS = ["x52009229", "x52009230"];

/** What the functional group in `sequence` says of the first frame; undefined if the file has no such group. */
export function firstFrameGroup(dataSet: DataSet, sequence: string): DataSet | undefined {
  const groups = GROUPS.map((tag) => dataSet.elements[tag]?.items[0]?.dataSet.elements[sequence]?.items[0]?.dataSet);
  return groups.find((group) => group !== undefined);
}
