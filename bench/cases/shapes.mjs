// Reads a shape file: comments, then one shape per line: a name and numbers.
import { readFileSync } from "node:fs";

/** @returns {{ name: string, numbers: number[] }[]} */
export function readShapes(file) {
  const text = readFileSync(new URL(`../shapes/${file}`, import.meta.url), "utf8");
  return text
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter(Boolean)
    .map((line) => {
      const [name, ...numbers] = line.split(/\s+/);
      if (numbers.some((n) => !Number.isInteger(Number(n)))) throw new Error(`${file}: not integers: ${line}`);
      return { name, numbers: numbers.map(Number) };
    });
}
