// A test that cannot run here counts as skipped, not as passed, and says why.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { Callback, Test } from "uvu";

/** Debian's, with the packages that .ci/run installs; not a version manager's. */
export const PYTHON = "/usr/bin/python3";

/** `test`, unless there is a reason against running here: then what counts as skipped and prints the reason. */
export function unless<T>(reason: string | undefined, test: Test<T>): (name: string, work: Callback<T>) => void {
  if (reason === undefined) return test;
  return (name, work) => {
    console.log(`skipped: ${name}: ${reason}`);
    test.skip(name, work);
  };
}

/** The reason where there is nothing at `path`; `remedy` brings it. */
export const absent = (path: string, remedy: string): string | undefined =>
  existsSync(path) ? undefined : `${path} is not here (${remedy})`;

/** The reason where Python cannot import all of the modules; `debianPackage` brings them. */
export function withoutPython(modules: string, debianPackage: string): string | undefined {
  if (spawnSync(PYTHON, ["-c", `import ${modules}`]).status === 0) return undefined;
  return `${PYTHON} cannot import ${modules} (apt install ${debianPackage})`;
}
