// What several steps of reading a DICOM file's pixels complain of, in the same words.
export const damagedPixels = () => new Error("the pixel data are damaged or cut short");
export const otherPixels = () => new Error("the pixel data are not of the file's rows, columns and bits");
