import type { Spec } from "vega";
import type { Figure } from "../blocks.js";
import { heading } from "./chart.js";

/** Draws the figure as an SVG element that refers to the page's colours by name and to nothing else. */
export async function drawFigure(figure: Figure, subtitle: string): Promise<string> {
  // Loading Vega takes 120 ms, which commands that write no report need not spend.
  const { parse, View } = await import("vega");
  const { spec, title } = figure;
  const whole: Spec = { ...spec, marks: [...(spec.marks ?? []), ...heading(spec, title, subtitle)] };
  const view = new View(parse(whole), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return (
    svg
      .replace("<svg ", `<svg role="img" aria-label="${attribute(`${title}: ${figure.alt}`)}" `)
      // The label above says it all; Vega's own names for groups would be read out one by one.
      .replaceAll(/ (?:role|aria-roledescription)="(?:graphics-[a-z]+|[a-z -]*container)"/g, "")
  );
}

/** The same drawing as a file of its own: colours resolved to the light theme, on white. */
export function standaloneSvg(svg: string): string {
  const resolved = svg.replaceAll(/var\(--[a-z0-9-]+, (#[0-9a-f]{6})\)/g, "$1");
  const opening = resolved.indexOf(">") + 1;
  return `${resolved.slice(0, opening)}<rect width="100%" height="100%" fill="#ffffff"/>${resolved.slice(opening)}\n`;
}

function attribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
