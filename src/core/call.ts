// Records one call of a kernel by its parameters' names. Fills in the order of arguments, tiles and scratch, and checks that each operand
// is large enough for what the kernel can access.
import { KERNELS, type KernelArguments, type KernelName, type Kernels } from "./kernels.js";
import { type Argument, type Call, type Operand, sliceOf } from "./plan.js";

/**
 * A call of `kernel`. `pure`: an instance of the core, for its functions of shapes.
 * Throws an Error if an argument is missing or surplus, or an operand is too small: a bug in the calling layer.
 */
export function call<K extends KernelName>(pure: Kernels, kernel: K, given: KernelArguments[K], label: string): Call {
  const spec = KERNELS[kernel];
  // TypeScript detects a surplus name in a literal, but not in a spread.
  const surplus = Object.keys(given).find((name) => !spec.parameters.includes(name) && (name !== "tiles" || spec.tiles));
  if (surplus !== undefined) throw new Error(`${label}: ${kernel} has no argument ${surplus}`);
  const { numbers, operands } = sorted(given);
  const bytes = spec.operands.reduce((sum, { name, role, optional, bytes }) => {
    const operand = operands[name];
    if (!operand && optional && numbers[name] === 0) return sum;
    if (!operand || !bytes) throw new Error(`${label}: ${kernel} cannot take ${name} ${numbers[name]}`);
    const touched = bytes(numbers, pure);
    const { buffer, bytes: room } = sliceOf(operand);
    if (!(touched <= room))
      throw new Error(`${label}: ${kernel} touches ${touched} bytes of ${name}, but ${buffer.name} has ${room} there`);
    return sum + touched * (role === "inout" && numbers.accumulate !== 0 ? 2 : 1);
  }, 0);
  const args = spec.parameters.map((name): Argument => {
    if (name === "scratch") return { scratch: spec.scratch!(numbers, pure) };
    const argument = operands[name] ?? numbers[name];
    if (argument === undefined) throw new Error(`${label}: ${kernel} lacks ${name}`);
    return argument;
  });
  const tiles = spec.tiles ? spec.tiles(numbers, pure) : numbers.tiles;
  return { kernel, args, tiles, label, flops: spec.flops?.(numbers, pure) ?? 0, bytes };
}

function sorted(given: Record<string, number | Operand>) {
  const numbers: Record<string, number> = {};
  const operands: Record<string, Operand> = {};
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === "number") numbers[name] = value;
    else operands[name] = value;
  }
  return { numbers, operands };
}
