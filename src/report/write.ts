import { join } from "node:path";
import { writeFileAtomic } from "../lib/files.js";
import { figuresOf } from "./blocks.js";
import { checkModelNames, type Predictions } from "./input.js";
import { drawFigure, standaloneSvg, SYNTHETIC } from "./plots/draw.js";
import { htmlPage } from "./render/html.js";
import { markdown } from "./render/markdown.js";
import { pageOf } from "./render/page.js";
import type { RunResults } from "./results.js";
import { SECTIONS } from "./sections/index.js";

/** Writes plots/*.svg, report.md and report.html into `dir`, each whole or not at all; report.html comes last. */
export async function writeReport(dir: string, results: RunResults, predictions: Predictions): Promise<void> {
  checkModelNames(results);
  const sections = SECTIONS.flatMap((section) => section({ results, predictions }));
  const page = pageOf(results, sections);
  const svgs = new Map<string, string>();
  for (const figure of sections.flatMap(({ blocks }) => figuresOf(blocks))) {
    if (svgs.has(figure.name)) throw new Error(`Two figures are named ${figure.name}.`);
    svgs.set(figure.name, await drawFigure(figure, subtitle(results)));
  }
  for (const [name, svg] of svgs) await writeFileAtomic(join(dir, "plots", `${name}.svg`), standaloneSvg(svg));
  await writeFileAtomic(join(dir, "report.md"), markdown(page));
  await writeFileAtomic(join(dir, "report.html"), htmlPage(page, svgs));
}

/** The line under every plot's title: whose data these are. */
function subtitle({ dataset, settings }: RunResults): string {
  const run = `pulmo, ${settings.finishedAt.slice(0, 10)}, seed ${settings.seed}`;
  return [...(dataset.synthetic ? [SYNTHETIC] : []), ...(dataset.limit === null ? [] : [`--limit ${dataset.limit}`]), run].join(" · ");
}
