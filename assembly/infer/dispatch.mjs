// Writes assembly/infer/dispatch.ts: the interpreter of the standalone inference core, from the same declarations and tags as
// src/core/kernel-table.ts. Sizes are computed in float64, as there: hostile numbers must not wrap round.
import { dirname, relative } from "node:path";
import { readKernels } from "../table.mjs";
import { INFERENCE_KERNELS } from "./kernels.mjs";

/** @returns the text of dispatch.ts */
export function dispatch(entry) {
  const { functions, kernels, constants } = readKernels(entry);
  const chosen = INFERENCE_KERNELS.map((name) => kernels.find((kernel) => kernel.name === name));
  const used = chosen.map((kernel) => JSON.stringify(kernel)).join();
  const pure = functions.filter(({ name }) => used.includes(`k.${name}(`));
  const own = dirname("assembly/infer/dispatch.ts");
  const imports = [...chosen, ...pure].map(
    ({ name, path }) => `import { ${name} } from "${relative(own, path).replace(/\.ts$/, "")}";\n`,
  );
  const known = [...constants]
    .filter(([name]) => used.includes(name))
    .map(([name, { value }]) => `const ${name}: f64 = ${value}.0;\n`);
  return [HEAD, [...imports].sort().join(""), known.join(""), pure.map(wrapper).join(""), BODY(chosen)].join("\n");
}

const HEAD = `// Made by assembly/infer/dispatch.mjs from the kernels' declarations and tags: \`npm run build:core\` writes it anew.
// Of a call: \`a\` is the address of its arguments, a word each, in the kernel's order.`;

const wrapper = ({ name, parameters }) =>
  `// @ts-ignore: decorator\n@inline function k_${name}(${parameters.map((p) => `${p.name}: f64`).join(", ")}): f64 { return <f64>${name}(${parameters.map((p) => `<i32>${p.name}`).join(", ")}); }\n`;

/** Of an expression of kernel-table.ts. */
const text = (kernel, expression) =>
  expression
    .replace(/\b\d+\b/g, "$&.0")
    .replace(/k\.(\w+)/g, "k_$1")
    .replace(/Math\.(min|max)/g, "$1<f64>")
    .replace(/a\.tiles\b/g, "tiles")
    .replace(/a\.(\w+)/g, (_, name) => `n${kernel.types.get(name) === "f32" ? "f" : ""}(a, ${kernel.own.indexOf(name)})`);

const argument = ({ own, types }, name) => {
  const at = own.indexOf(name);
  if (types.get(name) === "usize") return `<usize>w(a, ${at})`;
  return types.get(name) === "f32" ? `f(a, ${at})` : `w(a, ${at})`;
};

const cases = (kernels, value) => kernels.map((kernel, i) => `    case ${i}: ${value(kernel)}\n`).join("");
const bits = (items, value, width) => items.reduce((sum, item, i) => sum + (BigInt(value(item)) << BigInt(width * i)), 0n);

/** A function of the kernel's number. */
const lookup = (
  name,
  parameters,
  type,
  otherwise,
  kernels,
  value,
) => `export function ${name}(kernel: i32${parameters}): ${type} {
  switch (kernel) {
${cases(kernels, value)}    default: return ${otherwise};
  }
}
`;

const KINDS = { f32: 1, usize: 2 };
const kindOf = (kernel, name) => (name === "scratch" ? 3 : (KINDS[kernel.types.get(name)] ?? 0));
const size = (kind) => (kernel) => `return ${kernel[kind] === undefined ? "-1.0" : text(kernel, kernel[kind])};`;
const byOperand = (value) => (kernel) =>
  `switch (operand) { ${kernel.operands.map((o, i) => `case ${i}: return ${value(kernel, o)}; `).join("")}default: return -1; }`;

const BODY = (kernels) => `// @ts-ignore: decorator
@inline function w(a: usize, i: i32): i32 { return load<i32>(a + 4 * <usize>i); }
// @ts-ignore: decorator
@inline function f(a: usize, i: i32): f32 { return load<f32>(a + 4 * <usize>i); }
// @ts-ignore: decorator
@inline function n(a: usize, i: i32): f64 { return <f64>w(a, i); }
// @ts-ignore: decorator
@inline function ceilDiv(a: f64, b: f64): f64 { return ceil<f64>(a / b); }

export const KERNEL_COUNT: i32 = ${kernels.length};

/** All tiles of a call. */
export function run(kernel: i32, a: usize, tiles: i32): void {
  switch (kernel) {
${cases(kernels, (kernel) => `${kernel.name}(${[...kernel.own.map((name) => argument(kernel, name)), "0", "tiles"].join(", ")}); break;`)}  }
}

${lookup("argumentCount", "", "i32", "-1", kernels, (kernel) => `return ${kernel.own.length};`)}
/** Of each argument, two bits: 0 a whole number, 1 an f32, 2 an address, 3 that of scratch memory. */
${lookup("kindsOf", "", "u64", "0", kernels, (kernel) => `return ${bits(kernel.own, (name) => kindOf(kernel, name), 2)};`)}
/** A bit for each operand that may be absent. */
${lookup("optionalOf", "", "u32", "0", kernels, ({ operands }) => `return ${bits(operands, (o) => (o.optional ? 1 : 0), 1)};`)}
/** A bit for each operand that is written. */
${lookup("writtenOf", "", "u32", "0", kernels, ({ operands }) => `return ${bits(operands, (o) => (o.role === "in" ? 0 : 1), 1)};`)}
/** Which argument is operand \`operand\`; -1: there are no more. */
${lookup(
  "operandAt",
  ", operand: i32",
  "i32",
  "-1",
  kernels,
  byOperand((kernel, o) => kernel.own.indexOf(o.name)),
)}
/** Bytes that it may touch. */
${lookup(
  "touched",
  ", operand: i32, a: usize, tiles: f64",
  "f64",
  "-1",
  kernels,
  byOperand((kernel, o) => (o.bytes === undefined ? "Infinity" : text(kernel, o.bytes))),
)}
/** Tiles that follow from its numbers; -1: the file says. */
${lookup("tilesOf", ", a: usize", "f64", "-1", kernels, size("tiles"))}
/** Bytes of scratch memory; -1: none. */
${lookup("scratchOf", ", a: usize", "f64", "-1", kernels, size("scratch"))}
/** Multiply-adds, counted as two; -1: few. */
${lookup("flopsOf", ", a: usize, tiles: f64", "f64", "-1", kernels, size("flops"))}`;
