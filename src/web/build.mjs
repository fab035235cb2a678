// Bundles the page into dist/web: files that any web server gives out. `npm run build:web`, after the other builds.
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const FROM = "src/web";
const TO = "dist/web";

rmSync(TO, { recursive: true, force: true });
mkdirSync(TO, { recursive: true });
const options = { bundle: true, minify: true, target: "es2023", outdir: TO, logLevel: "warning" };
await build({ ...options, entryPoints: [`${FROM}/page.ts`], format: "esm" });
for (const name of ["worker", "train/trainer"]) {
  await build({ ...options, entryPoints: [`${FROM}/${name}.ts`], format: "iife" });
}

for (const name of ["index.html", "style.css"]) copyFileSync(join(FROM, name), join(TO, name));
writeFileSync(join(TO, "models.json"), '{ "models": [] }\n');
const files = ["./", ...readdirSync(TO)];
await build({ ...options, entryPoints: [`${FROM}/offline.ts`], format: "iife", define: { FILES: JSON.stringify(files) } });
