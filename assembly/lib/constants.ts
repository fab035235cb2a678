// Constants shared with the host through assembly/table.mjs. In a kernel's file they would become exported globals.

/** f64 values of the optimizer's state: lr, beta1, beta2, beta1^t, beta2^t. */
export const ADAM_STATE: i32 = 5;
/** f32 values that a step's update reads: beta1, beta2, 1 - beta1, 1 - beta2, lr/(1 - beta1^t), 1/sqrt(1 - beta2^t). */
export const ADAM_HYPER: i32 = 6;
/** f64 values of a training step's report: mean loss, then the totals. */
export const STEP_REPORT: i32 = 3;
/** Winograd products of a 6x6 patch: one elementwise product per frequency. */
export const FREQUENCIES: i32 = 36;
/** Planes of polyphase Winograd: of an activation with both phases, 9x9; of one at the five points, 5x5; of the weights, 6x6. */
export const PHASED_PLANES: i32 = 81;
export const POINT_PLANES: i32 = 25;
export const TAP_PLANES: i32 = 36;
/** f32 values of an image's augmentation: a b c d e f of the affine map, brightness, contrast. */
export const TRANSFORM: i32 = 8;
