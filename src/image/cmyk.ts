/**
 * cmyk2rgb of PIL's Convert.c, to RGB, with c = 255 for full ink: rgb = clip8((255 - k) - muldiv255(c, 255 - k)). Without a colour
 * profile.
 */
export function rgbOfCmyk(cmyk: Uint8Array): Uint8Array {
  const data = new Uint8Array((cmyk.length / 4) * 3);
  for (let i = 0, o = 0; o < data.length; i += 4, o += 3) {
    const light = 255 - cmyk[i + 3];
    for (let c = 0; c < 3; c++) {
      // muldiv255(a, b) = a * b / 255, rounded.
      const product = cmyk[i + c] * light + 128;
      data[o + c] = Math.max(0, light - (((product >> 8) + product) >> 8));
    }
  }
  return data;
}
