/** Files and folders that systems leave beside images: hidden ones, ._a.jpeg, __MACOSX, Thumbs.db, desktop.ini. */
export const isSystemName = (name: string): boolean => /^(\..*|__MACOSX|Thumbs\.db|desktop\.ini)$/i.test(name);
