// What reading an image file assumed.

export interface Noted {
  /**
   * What was assumed about the file, or what a reader of its score should know, one clause each: "3 frames: only the first one is
   * used". Clauses without file names are equal for files of the same kind, so that a dataset's files are counted by them. Omitted
   * if there are none.
   */
  notes?: string[];
}

export const noted = (notes: string[]): Noted => (notes.length > 0 ? { notes } : {});
