/** Names that tell an image. Of files with other names, the content does: see images-among. */
export const IMAGE_NAME = /\.(jpe?g|png|dcm|dicom)$/i;
