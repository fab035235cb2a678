import { join } from "node:path";
import { dnn } from "../core/models/dnn.js";
import { MODELS } from "../core/models/index.js";
import { writeFileAtomic } from "../node/files.js";
import { packagedFacts } from "../node/packaged-model.js";
import type { RunResults } from "../results/metrics.js";
import { figuresOf, type Section } from "./blocks.js";
import { markOf } from "./dataset-mark.js";
import { checkModelNames } from "./input.js";
import { dataUris, readPictures } from "./load-pictures.js";
import type { KnownModels } from "./model-title.js";
import { drawFigure, standaloneSvg } from "./plots/draw.js";
import type { PlotFormat } from "./plots/formats.js";
import { drawableFormats, pngOf } from "./plots/png.js";
import { htmlPage } from "./render/html.js";
import { markdown, type PlotFiles } from "./render/markdown.js";
import { type Page, pageOf } from "./render/page.js";
import { SECTIONS } from "./sections/index.js";
import { studyRow } from "./study.js";
import { type Words, wordsOf } from "./text/index.js";
import type { Language } from "./text/languages.js";

/**
 * Writes the plots, report.md and report.html into `dir`, each atomically; report.html is the last one. `known`: the titles
 * of the models. Throws an InputError if a model's name is not a valid file name.
 */
export async function writeReport(
  dir: string,
  results: RunResults,
  language: Language = "en",
  known: KnownModels = MODELS,
  formats?: readonly PlotFormat[],
): Promise<void> {
  checkModelNames(results);
  const t = wordsOf(language, known, results.dataset.classes);
  const { dataset, settings } = results;
  const isOther = (model: string) => dataset.own || dataset.classes || (model === dnn.name && settings.hidden !== undefined);
  const studyOf = (model: string) => (markOf(dataset, t) || isOther(model) ? null : studyRow(model));
  const read = Object.entries(results.models).map(
    async ([model, { sha256 }]) => [model, await readPictures(dir, model, sha256)] as const,
  );
  const packagedSha256 = (await packagedFacts().catch(() => undefined))?.weightsSha256;
  const pictures = Object.fromEntries(await Promise.all(read));
  const sections = SECTIONS.flatMap((section) => section({ results, pictures, studyOf, packagedSha256, t }));
  await writePage(
    { html: join(dir, "report.html"), markdown: join(dir, "report.md"), plots: join(dir, "plots"), formats },
    pageOf(results, sections, t),
    subtitle(results, t),
    await dataUris(dir, Object.values(pictures)),
  );
}

export interface PagePaths {
  html: string;
  markdown: string;
  /** A folder next to the Markdown file. */
  plots: string;
  /** Default: all that this machine can draw. */
  formats?: readonly PlotFormat[] | undefined;
}

/** Each takes up to 20 MB. */
const PICTURES_AT_ONCE = 4;

/** `subtitle`: the line below the title of each plot; `pictures`: data URIs by path. */
export async function writePage(
  paths: PagePaths,
  page: Page,
  subtitle: string,
  pictures: ReadonlyMap<string, string>,
): Promise<void> {
  const svgs = await draw(page.sections, subtitle);
  const { formats = await drawableFormats(page.t.tag) } = paths;
  const files = [...svgs].flatMap(([name, drawn]) => formats.map((format) => ({ name, format, svg: standaloneSvg(drawn) })));
  // sharp draws on threads of its own, each picture on one.
  const lane = async () => {
    for (let file = files.shift(); file; file = files.shift()) {
      const { name, format, svg } = file;
      await writeFileAtomic(join(paths.plots, `${name}.${format}`), format === "svg" ? svg : await pngOf(svg));
    }
  };
  await Promise.all(Array.from({ length: PICTURES_AT_ONCE }, lane));
  const plots: PlotFiles = { folder: paths.plots.split(/[\\/]/).at(-1)!, format: formats.includes("svg") ? "svg" : formats[0] };
  await writeFileAtomic(paths.markdown, markdown(page, plots, pictures));
  await writeFileAtomic(paths.html, htmlPage(page, { svgs, pictures }));
}

async function draw(sections: Section[], subtitle: string): Promise<Map<string, string>> {
  const svgs = new Map<string, string>();
  for (const figure of sections.flatMap(({ blocks }) => figuresOf(blocks))) {
    if (svgs.has(figure.name)) throw new Error(`Two figures are named ${figure.name}.`);
    svgs.set(figure.name, await drawFigure(figure, subtitle));
  }
  return svgs;
}

/** Names the run under each plot: version or data mark, date, seed. */
function subtitle({ dataset, settings }: RunResults, t: Words): string {
  const mark = markOf(dataset, t);
  const run = `pulmo, ${settings.finishedAt.slice(0, 10)}, ${t.page.seed(settings.seed)}`;
  return [...(mark ? [mark.short] : []), ...(dataset.limit === null ? [] : [`--limit ${dataset.limit}`]), run].join(" · ");
}
