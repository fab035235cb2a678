// Makes strings of the Web Workers and of the kernels, so that no bundler has to handle their files. Runs before tsc, after the
// kernels' build: `npm run build:ts`.
import { readFileSync, writeFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { build } from "esbuild";

const WORKERS = { WORKER: "worker", STEPPER: "stepper" };

for (const [name, file] of Object.entries(WORKERS)) {
  const { outputFiles } = await build({
    entryPoints: [`src/lib/${file}.ts`],
    bundle: true,
    minify: true,
    format: "iife",
    platform: "browser",
    target: "es2022",
    write: false,
  });
  const code = JSON.stringify(outputFiles[0].text.trim());
  writeIfChanged(`src/lib/${file}-code.ts`, `// Made by build.mjs from ${file}.ts.\nexport const ${name}: string = ${code};\n`);
}

// The kernels for shared and for unshared memory differ in one byte: the flags of the memory that they import.
const [simd, unshared] = ["simd", "unshared"].map((name) => readFileSync(`dist/core/${name}.wasm`));
const differing = [...simd.keys()].filter((i) => simd[i] !== unshared[i]);
if (simd.length !== unshared.length || differing.length !== 1)
  throw new Error("simd.wasm and unshared.wasm differ in more than a flag");
const [at] = differing;
const kernels = `export const SIMD: string = "${simd.toString("base64")}";\nexport const UNSHARED = { at: ${at}, flags: ${unshared[at]} };\n`;
writeIfChanged(
  "src/lib/kernels-code.ts",
  `// Made by build.mjs: simd.wasm in Base64, and the byte that makes unshared.wasm of it.\n${kernels}`,
);

// libjpeg-turbo, which browsers inflate: a third of its size as it is.
const turbo = readFileSync("node_modules/@cwasm/jpeg-turbo/jpeg-turbo.wasm");
const packed = deflateRawSync(turbo, { level: 9 }).toString("base64");
writeIfChanged(
  "src/image/jpeg/turbo-code.ts",
  `// Made by build.mjs from @cwasm/jpeg-turbo: deflated, in Base64; and its length.\nexport const TURBO: string = "${packed}";\nexport const BYTES = ${turbo.length};\n`,
);

// The codecs of "pulmo/decode" with their .wasm inside; what they require under Node alone is empty.
for (const codec of ["charls", "openjpeg"]) {
  const from = `@cornerstonejs/codec-${codec}`;
  const contents = `import load from "${from}/decodewasmjs"; import wasmBinary from "${from}/decodewasm";
export default (options) => load({ ...options, wasmBinary });`;
  await build({
    stdin: { contents, resolveDir: "src/lib" },
    outfile: `dist/lib/codecs/${codec}.js`,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    loader: { ".wasm": "binary" },
    plugins: [
      {
        name: "empty",
        setup: ({ onResolve, onLoad }) => {
          onResolve({ filter: /^(?:fs|path)$/ }, ({ path }) => ({ path, namespace: "empty" }));
          onLoad({ filter: /./, namespace: "empty" }, () => ({ contents: "" }));
        },
      },
    ],
  });
}

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
writeIfChanged("src/lib/version-code.ts", `// Made by build.mjs.\nexport const VERSION: string = "${version}";\n`);

/** An unchanged file keeps its time, and with it what was compiled from it. */
function writeIfChanged(path, text) {
  if (readFileSync(path, { encoding: "utf8", flag: "a+" }) !== text) writeFileSync(path, text);
}
