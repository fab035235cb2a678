// Compiles the core once per variant with the options of asconfig.json; `npm run build:core`.
// The micro-kernel's width is an alias, because asconfig.json cannot name one per target.
import asc from "assemblyscript/asc";

const WIDTH = { simd: "NARROW", relaxed: "NARROW", revec: "WIDE" };

for (const [target, width] of Object.entries(WIDTH)) {
  const { error, stderr } = await asc.main([
    "assembly/index.ts", "--config", "asconfig.json", "--target", target, "--use", `WIDTH=${width}`,
  ]);
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
}
