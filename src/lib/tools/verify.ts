// Trains a run again and compares it bit by bit.
import { type CallOptions, callerOf } from "../../run/caller.js";
import { isVerified, type Verification, type VerifyOptions, verifyRun } from "../../run/verify.js";

export { isVerified } from "../../run/verify.js";

export const verify = (run: string, options: VerifyOptions & CallOptions): Promise<Verification> =>
  verifyRun(run, options, callerOf(options));

/** A line per fault and training. */
export function verificationText(verification: Verification): string {
  const { faults, trainings, versions } = verification;
  const lines = Object.entries(trainings).map(([key, { same, of, difference }]) => {
    if (!difference) return `${key}: the weights after ${same} of ${of} epochs have the recorded bits.`;
    const { epoch, tensor } = difference;
    return `${key}: epoch ${epoch} differs${tensor === undefined ? "" : `, first in ${tensor}`}. ${same} epochs before it have the recorded bits.`;
  });
  const other =
    versions.run !== undefined && versions.run !== versions.here && !isVerified(verification)
      ? [`The run was made by pulmo ${versions.run} and compared by ${versions.here}, whose bits may differ.`]
      : [];
  return [...faults, ...lines, ...other].join("\n");
}
