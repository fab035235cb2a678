// Preloaded into the program: before it creates a lock file, it creates the file PAUSED and waits until that is removed.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { setTimeout } from "node:timers/promises";

const { PAUSED = "" } = process.env;

for (const name of ["open", "writeFile"] as const) {
  const original = fs.promises[name] as (...args: unknown[]) => Promise<unknown>;
  const patched = async (path: unknown, ...rest: unknown[]) => {
    if (String(path).includes(".lock-") && !String(path).includes("pulmo-cache") && rest[0] !== fs.constants.O_RDONLY) {
      if (!fs.existsSync(`${PAUSED}.once`)) {
        fs.writeFileSync(`${PAUSED}.once`, "");
        fs.writeFileSync(PAUSED, "");
        while (fs.existsSync(PAUSED)) await setTimeout(20);
      }
    }
    return original(path, ...rest);
  };
  (fs.promises as unknown as Record<string, unknown>)[name] = patched;
}
syncBuiltinESMExports();
