// Node's Buffer, for the DICOM reader in the page.
export { Buffer } from "buffer";
