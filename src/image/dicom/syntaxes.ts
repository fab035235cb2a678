// Transfer syntaxes (PS3.5 annex A).
export const IMPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2";
export const EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1";
export const DEFLATED = "1.2.840.10008.1.2.1.99";
/** Uncompressed frames, each in a fragment. */
export const FRAGMENTED = "1.2.840.10008.1.2.1.98";
export const BIG_ENDIAN = "1.2.840.10008.1.2.2";
export const RLE = "1.2.840.10008.1.2.5";
export const JPEG = "1.2.840.10008.1.2.4.50";
export const JPEG_LS = "1.2.840.10008.1.2.4.81";
export const JPEG_2000 = "1.2.840.10008.1.2.4.91";
/** Deflated data are inflated before the pixels are read. */
export const NATIVE = new Set([IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN, DEFLATED, FRAGMENTED, BIG_ENDIAN]);

const NAMES: Record<string, string> = {
  [IMPLICIT_LITTLE_ENDIAN]: "implicit VR little endian",
  [EXPLICIT_LITTLE_ENDIAN]: "explicit VR little endian",
  [DEFLATED]: "deflated explicit VR little endian",
  [FRAGMENTED]: "encapsulated uncompressed",
  [BIG_ENDIAN]: "explicit VR big endian",
  [RLE]: "RLE",
};

/** For notes and messages. */
export function syntaxName(syntax: string): string {
  const name = NAMES[syntax];
  if (name) return name;
  const last = Number(/^1\.2\.840\.10008\.1\.2\.4\.(\d+)$/.exec(syntax)?.[1]);
  if (last >= 50 && last <= 70) return "JPEG";
  if (last === 80 || last === 81) return "JPEG-LS";
  return last >= 90 && last <= 93 ? "JPEG 2000" : syntax;
}
