// UIDs of transfer syntaxes (PS3.5 annex A) that several steps need.
export const BIG_ENDIAN = "1.2.840.10008.1.2.2";
export const RLE = "1.2.840.10008.1.2.5";
/** Implicit VR, explicit VR, deflated (inflated before the pixels are read), big endian. */
export const NATIVE = new Set(["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", BIG_ENDIAN]);
