// The epilogue of a convolution in evaluation, applied while the output is in cache: assembly/lib/epilogue.ts.
import { type Operand, sliceOf } from "../plan.js";

/** z becomes max(scale * z + shift (+ residual), relu ? 0 : -inf); scale and shift have one float per channel; 0: absent. */
export interface Epilogue {
  scale: Operand | 0;
  shift: Operand | 0;
  residual: Operand | 0;
  relu: 0 | 1;
}

export const NO_EPILOGUE: Epilogue = { scale: 0, shift: 0, residual: 0, relu: 0 };

/** The epilogue of a call that writes part of the output: `bytes` of the residual from `offset` on. */
export function epilogueAt(epilogue: Epilogue, offset: number, bytes: number): Epilogue {
  const { residual } = epilogue;
  if (!residual) return epilogue;
  const { buffer, offset: start } = sliceOf(residual);
  return { ...epilogue, residual: { buffer, offset: start + offset, bytes } };
}
