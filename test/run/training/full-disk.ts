// Preloaded into the program. While the file FULL.full exists, folders inside the folder FULL have no disk space.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { sep } from "node:path";

const { FULL = "" } = process.env;
const { open } = fs.promises;
const isFull = (path: unknown): boolean =>
  String(path).startsWith(FULL + sep) &&
  String(path)
    .slice(FULL.length + 1)
    .includes(sep) &&
  fs.existsSync(`${FULL}.full`);
fs.promises.open = async (path, flags, mode) => {
  if (flags !== "r" && isFull(path)) throw Object.assign(new Error("ENOSPC: no space left on device, open"), { code: "ENOSPC" });
  return open(path, flags, mode);
};
syncBuiltinESMExports();
