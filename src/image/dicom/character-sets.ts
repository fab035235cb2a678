// Text in the character sets of DICOM (PS3.3 C.12.1.1.2).

/** By the defined term, without "ISO_IR " or "ISO 2022 IR "; the names are those of the Encoding Standard. */
const ENCODINGS: Record<string, string> = {
  "13": "shift_jis",
  "58": "gbk",
  "87": "iso-2022-jp",
  "100": "windows-1252",
  "101": "iso-8859-2",
  "109": "iso-8859-3",
  "110": "iso-8859-4",
  "126": "iso-8859-7",
  "127": "iso-8859-6",
  "138": "iso-8859-8",
  "144": "iso-8859-5",
  "148": "windows-1254",
  "149": "euc-kr",
  "159": "iso-2022-jp",
  "166": "windows-874",
  "192": "utf-8",
  "203": "iso-8859-15",
  GB18030: "gb18030",
  GBK: "gbk",
};
const LATIN_1 = "windows-1252";

/**
 * `characterSet`: the value of Specific Character Set. Of several, the last that is known decides: the first is usually the default
 * of ASCII. Without a known one, the text is UTF-8 if its bytes are valid UTF-8, else Latin-1.
 */
export function decodeText(bytes: Uint8Array, characterSet = ""): string {
  const terms = characterSet.split("\\").map((term) => term.trim().toUpperCase());
  const stated = terms.map((term) => ENCODINGS[term.replace(/^ISO[ _-](2022 )?IR[ _-]?/, "")]).findLast(Boolean);
  try {
    const text = new TextDecoder(stated ?? "utf-8", { fatal: stated === undefined }).decode(bytes);
    // Only the decoder of iso-2022-jp interprets the escape sequences of ISO 2022. Others need none: the high bit selects the set.
    return text.replace(/\x1b[\x20-\x2f]+[\x30-\x7e]/g, "");
  } catch {
    return new TextDecoder(LATIN_1).decode(bytes);
  }
}
