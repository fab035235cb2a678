// Lists what is installed with pulmo, and its licences: `node docs/make-third-party.mjs > THIRD_PARTY.md`, after
// `npm ci`. From package-lock.json and the packages' own package.json. `npm sbom --omit dev --sbom-format cyclonedx` gives the SBOM.
import { readFileSync } from "node:fs";

const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
const rows = Object.entries(packages)
  .filter(([path, { dev }]) => path.startsWith("node_modules/") && !dev)
  .map(([path, { version, license, optional, devOptional, hasInstallScript }]) => {
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    const how = optional || devOptional ? "where the system needs it" : "installed";
    return { name, version, license: license ?? "not stated", how, script: hasInstallScript };
  })
  .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
const unique = [...new Map(rows.map((row) => [`${row.name}@${row.version}`, row])).values()];

console.log(`# What comes with pulmo, and its licences

Made by \`docs/make-third-party.mjs\` from package-lock.json, where every package's integrity hash stands; none of them runs a script
when it is installed${unique.some(({ script }) => script) ? ` but ${unique.filter(({ script }) => script).map(({ name }) => name).join(", ")}` : ""}. pulmo itself is MIT.

**libvips** (\`@img/sharp-libvips-*\`) is LGPL-3.0-or-later: sharp loads it as a shared library of its own, unchanged, which anybody may
replace; its sources are at github.com/libvips/libvips and github.com/lovell/sharp-libvips.
The sample's X-rays are CC BY 4.0: \`sample/SAMPLE.txt\`.

| package | version | licence | |
|---|---|---|---|
${unique.map(({ name, version, license, how }) => `| ${name} | ${version} | ${license} | ${how} |`).join("\n")}`);
