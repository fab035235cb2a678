/** Whether these are bytes. Values of more bits would lose their upper bits when they are copied. True also for arrays of another realm. */
export const isEightBit = (data: unknown): boolean =>
  /^\[object Uint8(Clamped)?Array\]$/.test(Object.prototype.toString.call(data));
