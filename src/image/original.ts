/** An image file before it was decoded and resized. */
export interface Original {
  width: number;
  height: number;
  /** SHA-256 of the file, in hexadecimal. */
  sha256: string;
}
