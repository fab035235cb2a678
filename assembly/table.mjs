// Generates src/core/kernel-table.ts: types of the core's exports, what each kernel reads and writes, and shared constants. The sources are
// the kernels' declarations and the tags at the end of their doc comments:
//
//   @out y f32[N * OH * OW * O]       written completely; the size counts elements, over all tiles of a call
//   @inout w f32[count]               read and written, or added to if `accumulate` is set
//   @in? scale f32[O]                 ?: can be absent (0)
//   @scratch conv2dScratch(R, S, depth)   bytes of worker scratch, for the parameter of that name
//   @tiles conv2dTiles(N, OH, OW, O)  if missing, the caller that records the call gives the number
//   @flops 2 * M * N * K              a multiply-add counts as two
//
// Expressions consist of the kernel's parameters, `tiles`, numbers, + - * /, ceilDiv, min, max, the core's pure functions and constants.
// Anything else fails the build.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CommonFlags, NodeKind, newOptions, newProgram, parse } from "assemblyscript";
import { INFERENCE_KERNELS } from "./infer/kernels.mjs";

const BYTES = { f32: 4, f64: 8, i32: 4, u8: 1 };
const OPERAND = /^@(out|inout|in)(\?)? (\w+) (\w+)\[(.*)\]$/;
const TILE_RANGE = ["tileBegin", "tileEnd"];

/** @returns the text of kernel-table.ts */
export function kernelTable(entry) {
  const { functions, kernels, constants } = readKernels(entry);
  return [
    HEAD,
    constantsText(constants),
    exportsText(functions),
    argumentsText(kernels),
    specsText(kernels),
    inferenceText(kernels),
  ].join("\n");
}

/** All declarations below `entry`; sizes are expressions of a.<number>, k.<pure function>(...) and constants. */
export function readKernels(entry) {
  const functions = reexported(entry).flatMap(functionsOf);
  const library = join(dirname(entry), "lib");
  const constants = new Map(
    readdirSync(library)
      .sort()
      .flatMap((file) => constantsOf(join(library, file))),
  );
  const isKernel = ({ parameters }) => parameters.at(-1)?.name === "tileEnd";
  const pure = new Set(functions.filter((f) => !isKernel(f)).map((f) => f.name));
  const kernels = functions.filter(isKernel).map((f) => specOf(f, pure, constants));
  return { functions, kernels, constants };
}

/** The files behind `export * from`, in order. */
function reexported(entry) {
  const targets = [...readFileSync(entry, "utf8").matchAll(/^export \* from "(.+)";/gm)].map(
    ([, t]) => `${join(dirname(entry), t)}.ts`,
  );
  return targets.flatMap((file) => [file, ...reexported(file)]);
}

/** Exported numbers of assembly/lib. */
function constantsOf(path) {
  const text = readFileSync(path, "utf8");
  return [...text.matchAll(/export const ([A-Z][A-Z0-9_]*): i32 = (\d+);/g)].map(([, name, value]) => [
    name,
    { value, doc: docBefore(text, text.indexOf(`export const ${name}:`)) },
  ]);
}

function functionsOf(path) {
  const text = readFileSync(path, "utf8");
  const program = newProgram(newOptions());
  parse(program, text, path, true);
  const { statements } = program.sources.find((s) => s.normalizedPath === path);
  const isExported = (node) => (node.flags & CommonFlags.Export) !== 0;
  return statements
    .filter((s) => s.kind === NodeKind.FunctionDeclaration && isExported(s) && !s.decorators)
    .map((f) => ({
      path,
      name: f.name.text,
      doc: docBefore(text, f.range.start),
      parameters: f.signature.parameters.map((p) => ({ name: p.name.text, type: p.type.name.identifier.text })),
      returns: f.signature.returnType.name.identifier.text,
    }));
}

/** The lines of the doc comment right before `position`, ignoring decorators. */
function docBefore(text, position) {
  const before = text.slice(0, position).replace(/(\s|\/\/ @ts-ignore: decorator|@inline|export)*$/, "");
  if (!before.endsWith("*/")) return [];
  const lines = before.slice(before.lastIndexOf("/**") + 3, -2).split("\n");
  return lines.map((line) => line.trim().replace(/^\*\s?/, "")).filter((line) => line !== "");
}

function specOf({ path, name, doc, parameters }, pure, constants) {
  const fail = (what) => {
    throw new Error(`${path}: ${name}: ${what}`);
  };
  const own = parameters.map((p) => p.name).filter((p) => !TILE_RANGE.includes(p));
  const scalars = parameters.filter((p) => p.type !== "usize" && own.includes(p.name)).map((p) => p.name);
  const tag = (kind) => doc.find((line) => line.startsWith(`@${kind} `))?.slice(kind.length + 2);
  const tiles = tag("tiles");
  const js = (expression) =>
    expression.replace(/[A-Za-z]\w*/g, (word) => {
      if (scalars.includes(word) || (word === "tiles" && tiles === undefined)) return `a.${word}`;
      if (pure.has(word)) return `k.${word}`;
      if (constants.has(word) || word === "ceilDiv") return word;
      if (word === "min" || word === "max") return `Math.${word}`;
      return fail(`nobody knows ${word} in ${expression}`);
    });
  const operands = doc.flatMap((line) => {
    if (!/^@(out|in)/.test(line)) return [];
    const [, role, optional, operand, type, size] = OPERAND.exec(line) ?? fail(`cannot read ${line}`);
    if (!BYTES[type]) fail(`no element type ${type}`);
    return [
      { name: operand, role, optional: optional === "?", bytes: size === "?" ? undefined : product(BYTES[type], js(size)) },
    ];
  });
  const addresses = parameters.filter((p) => p.type === "usize" && p.name !== "scratch").map((p) => p.name);
  if (addresses.join() !== operands.map((o) => o.name).join())
    fail(`its addresses are ${addresses}, its tags ${operands.map((o) => o.name)}`);
  if (own.includes("scratch") !== (tag("scratch") !== undefined)) fail("scratch and its tag do not go together");
  const sizes = Object.fromEntries(["scratch", "tiles", "flops"].flatMap((kind) => (tag(kind) ? [[kind, js(tag(kind))]] : [])));
  const types = new Map(parameters.map((p) => [p.name, p.type]));
  return { name, path, own, scalars, types, operands, ...sizes, prose: doc.filter((line) => !line.startsWith("@")) };
}

const product = (bytes, size) => (bytes === 1 ? size : `${bytes} * ${/ [+-] /.test(size) ? `(${size})` : size}`);

const inferenceText = (kernels) => {
  const line = (name) => {
    const { own, types } = kernels.find((kernel) => kernel.name === name);
    return `  ${name}: [${own
      .filter((p) => types.get(p) === "f32")
      .map((p) => `"${p}"`)
      .join(", ")}],\n`;
  };
  return `/** The kernels that a model file can call, by their numbers there, with their f32 parameters. */
export const INFERENCE_KERNELS: Partial<Record<keyof KernelArguments, readonly string[]>> = {
${INFERENCE_KERNELS.map(line).join("")}};
`;
};

const comment = (lines, indent = "") => {
  if (lines.length === 0) return "";
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join("")}${indent} */\n`;
};

const HEAD = `// Generated by assembly/table.mjs (\`npm run build:core\`) from the kernels' declarations and tags.
import type { KernelSpec } from "./kernels.js";
import type { Operand } from "./plan.js";

const ceilDiv = (a: number, b: number): number => Math.ceil(a / b);
`;

const constantsText = (constants) =>
  [...constants].map(([name, { value, doc }]) => `${comment(doc)}export const ${name} = ${value};\n`).join("");

function exportsText(functions) {
  const line = ({ name, parameters, returns }) =>
    `  ${name}(${parameters.map((p) => `${p.name}: number`).join(", ")}): ${returns === "void" ? "void" : "number"};\n`;
  return `/** The core's exports in WebAssembly: addresses in bytes, sizes in elements, a kernel's tile range last. */
export interface Kernels {
${functions.map(line).join("")}}
`;
}

function argumentsText(kernels) {
  const one = ({ name, own, scalars, operands, tiles, prose }) => {
    const fields = own
      .filter((p) => p !== "scratch")
      .map((p) => {
        if (scalars.includes(p)) return `${p}: number`;
        return `${p}: Operand${operands.find((o) => o.name === p).optional ? " | 0" : ""}`;
      });
    if (tiles === undefined) fields.push("tiles: number");
    return `${comment(prose, "  ")}  ${name}: { ${fields.join("; ")} };\n`;
  };
  return `/** Arguments to record a call of each kernel; scratch is filled in, and tiles if they follow from the shapes. */
export interface KernelArguments {
${kernels.map(one).join("")}}
`;
}

function specsText(kernels) {
  const size = (kind, expression) => {
    const uses = [expression.includes("a."), expression.includes("k.")];
    const parameters = uses[1] ? (uses[0] ? "a, k" : "_, k") : uses[0] ? "a" : "";
    return `${kind}: (${parameters}) => ${expression}`;
  };
  const operand = ({ name, role, optional, bytes }) =>
    `      { name: "${name}", role: "${role}", optional: ${optional}${bytes ? `, ${size("bytes", bytes)}` : ""} },\n`;
  const one = ({ name, own, operands, ...sizes }) => {
    const lines = ["scratch", "tiles", "flops"]
      .filter((kind) => sizes[kind])
      .map((kind) => `    ${size(kind, sizes[kind])},\n`)
      .join("");
    return `  ${name}: {\n    parameters: [${own.map((p) => `"${p}"`).join(", ")}],\n    operands: [\n${operands.map(operand).join("")}    ],\n${lines}  },\n`;
  };
  return `/** By name: the order of the arguments, and how many bytes a call can access from each address on. */
export const KERNELS: Record<keyof KernelArguments, KernelSpec> = {
${kernels.map(one).join("")}};
`;
}
