// SHA-256 in the notations of `sha256sum` and of Subresource Integrity.

/** Hexadecimal. Undefined on plain HTTP, where browsers give pages no SHA-256. */
export async function sha256(file: ArrayBuffer): Promise<string | undefined> {
  if (!globalThis.crypto?.subtle) return undefined;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", file));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const isSha256 = (text: unknown): text is string => typeof text === "string" && /^[0-9a-f]{64}$/.test(text);

/** `hash`: hexadecimal. */
export const integrityOf = (hash: string): string =>
  `sha256-${btoa(String.fromCharCode(...hash.match(/../g)!.map((byte) => Number.parseInt(byte, 16))))}`;
