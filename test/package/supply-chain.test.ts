// What comes with the program: listed with its licence, pinned by a hash, running nothing when it is installed.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("supply chain");

interface Locked {
  integrity?: string;
  license?: string;
  dev?: boolean;
  hasInstallScript?: boolean;
}
const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, Locked> };
const all = Object.entries(packages).filter(([path]) => path !== "");
const shipped = all.filter(([, { dev }]) => !dev);

test("every package is pinned by a hash", () => {
  assert.equal(
    all.filter(([, { integrity }]) => !integrity?.startsWith("sha512-")).map(([path]) => path),
    [],
  );
});

test("nothing that is installed with the program runs a script", () => {
  assert.equal(
    shipped.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path),
    [],
  );
});

/** Permissive ones; and libvips, a shared library of its own or, with sharp, in one archive. */
const KNOWN = new Set(["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "0BSD", "Unlicense"]);
const LIBVIPS = new Set([...KNOWN, "LGPL-3.0-or-later"]);

test("every licence is a known one", () => {
  const isKnown = ([path, { license = "none" }]: [string, Locked]) => {
    const known = path.startsWith("node_modules/@img/") ? LIBVIPS : KNOWN;
    return license.split(" AND ").every((one) => known.has(one));
  };
  assert.equal(
    shipped.filter((one) => !isKnown(one)).map(([path, { license }]) => `${path}: ${license}`),
    [],
  );
});

test("THIRD_PARTY.md lists them as docs/make-third-party.mjs does", () => {
  const made = execFileSync(process.execPath, ["docs/make-third-party.mjs"], { encoding: "utf8" });
  assert.is(readFileSync("THIRD_PARTY.md", "utf8"), made);
});

test.run();
