// One file in a fresh process, so that its memory is its own: node one.js <place as JSON> <area> <file>. Prints what readingOf found.
import { writeSync } from "node:fs";
import { bytesOf } from "./areas/area.js";
import { areasOf } from "./areas/index.js";
import { readingOf } from "./attack.js";

const [place, name, path] = process.argv.slice(2);
const { folder, dataset, run } = JSON.parse(place);
const area = areasOf({ folder, dataset, run }).find((one) => one.name === name);
if (!area) throw new Error(`There is no area ${name}`);
const { read } = await area.open();
const bytes = bytesOf(path);
// stdout may hold notes.
writeSync(3, JSON.stringify(await readingOf(read, bytes)));
// Threads of a decoder do not matter any more.
process.exit(0);
