// Adam's constants (PyTorch's defaults), and its state in the kernel adamStep's layout.
import { ADAM_STATE } from "./kernel-table.js";

export const ADAM = { beta1: 0.9, beta2: 0.999, eps: 1e-8 };

/** lr, beta1, beta2, beta1^t, beta2^t before the first step. */
export const adamState = (lr: number): number[] => {
  const state = [lr, ADAM.beta1, ADAM.beta2, 1, 1];
  if (state.length !== ADAM_STATE) throw new Error(`the kernel keeps ${ADAM_STATE} numbers`);
  return state;
};
