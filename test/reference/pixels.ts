/** x = byte / 255 in [0, 1], rounded to float32 as torchvision's ToTensor does. */
export function pixelsToUnit(bytes: Uint8Array): Float64Array {
  return Float64Array.from(bytes, (byte) => Math.fround(byte / 255));
}
