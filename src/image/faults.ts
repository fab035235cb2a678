// Errors that several steps of decoding share.
export const damagedImage = () => new Error("the image data are damaged or cut short");
export const damagedDicom = (more = "") => new Error(`the DICOM data are damaged or cut short${more}`);
export const damagedPixels = () => new Error("the pixel data are damaged or cut short");
export const mismatchedPixels = () => new Error("the pixel data do not match the file's rows, columns and bits");
