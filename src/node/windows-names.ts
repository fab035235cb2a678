// Names that Windows gives to no file: https://learn.microsoft.com/windows/win32/fileio/naming-a-file. Node asks Windows to take every
// name as it is, so that a file "CON" or "x." can be made, which other programs then can neither open nor remove.
import { win32 } from "node:path";
import { InputError } from "../core/errors.js";

export const onWindows = process.platform === "win32";

const FORBIDDEN = /[<>:"|?*\p{Cc}]/gu;
const DEVICE = /^(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³]|conin\$|conout\$) *(?:\.|$)/i;
const ODD_END = /[. ]$/;

/** Why Windows has no file of the name, as "ends with a dot"; undefined: it may have one. */
function faultOf(name: string): string | undefined {
  const [character] = name.match(FORBIDDEN) ?? [];
  if (character !== undefined) return `has the character ${JSON.stringify(character)}`;
  if (DEVICE.test(name)) return "names a device";
  return ODD_END.test(name) ? `ends with a ${name.endsWith(".") ? "dot" : "space"}` : undefined;
}

/** The name, with changes if Windows has no file of it. */
export const windowsName = (name: string): string => name.replace(FORBIDDEN, "_").replace(ODD_END, "_").replace(DEVICE, "_$&");

/** Why Windows cannot make a file or folder on the way to a path, as a clause; undefined: it can, or this is another system. */
export function windowsFault(path: string, windows = onWindows): string | undefined {
  // \\?\ and \\.\ ask for exactly this name, or for a device.
  if (!windows || /^\\\\[?.]\\/.test(path)) return undefined;
  for (const name of path.slice(win32.parse(path).root.length).split(/[\\/]/)) {
    const fault = name === "." || name === ".." ? undefined : faultOf(name);
    if (fault) return `Windows has no file or folder ${JSON.stringify(name)}, which ${fault}`;
  }
  return undefined;
}

/** Throws an InputError for an output's path with a windowsFault. */
export function refuseWindowsNames(path: string, windows = onWindows): void {
  const fault = windowsFault(path, windows);
  if (fault) throw new InputError(`${path} cannot be written: ${fault}. Choose another name.`);
}
