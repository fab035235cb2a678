// The last arguments of conv2d, winogradOutput and winogradFused: assembly/lib/epilogue.ts.
import type { Argument } from "../plan.js";
import type { Epilogue } from "../tape.js";

/** scale, shift, residual, relu. */
export const NO_EPILOGUE: Argument[] = [0, 0, 0, 0];

/** `offset`: bytes from the residual's first value to the one that meets the call's first output. */
export const epilogueArguments = ({ scale, shift, residual, relu }: Epilogue, offset = 0): Argument[] => [
  scale, shift, residual ? { buffer: residual.data, offset } : 0, relu ? 1 : 0,
];
