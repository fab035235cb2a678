// Numbers that the host knows too; assembly/table.mjs hands them over. (In a kernel's file they would be exported globals.)

/** f64 values of the optimiser's state: lr, beta1, beta2, beta1^t, beta2^t. */
export const ADAM_STATE: i32 = 5;
/** f32 values that a step's update reads: beta1, beta2, 1 - beta1, 1 - beta2, lr/(1 - beta1^t), 1/sqrt(1 - beta2^t). */
export const ADAM_HYPER: i32 = 6;
/** f64 values of a training step's report: its mean loss, then the totals. */
export const STEP_REPORT: i32 = 3;
/** Products of a 6x6 patch by Winograd: an elementwise product in each of 36 frequencies. */
export const FREQUENCIES: i32 = 36;
/** f32 values that say how an image is augmented: a b c d e f of the affine map, brightness, contrast. */
export const TRANSFORM: i32 = 8;
