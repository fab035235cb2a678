// The names of the page's caches. All pages of an origin share its caches: a name is followed by the address of the page's folder.
export const FILES_CACHE = "pulmo page ";
export const MODEL_CACHE = "pulmo model ";
/** Of an older service worker, which kept everything under the address of the server, for all of its pages. */
export const OLD_CACHE = "pulmo";
