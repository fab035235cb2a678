import type { Spec } from "vega";
import type { Figure } from "../blocks.js";
import { heading } from "./chart.js";

/** Draws the figure as an SVG element. Its only references are the CSS properties of the page's colours. */
export async function drawFigure(figure: Figure, subtitle: string): Promise<string> {
  // Lazy: loading Vega takes 120 ms, which other commands do not need.
  const { parse, View } = await import("vega");
  const { spec, title } = figure;
  const whole: Spec = { ...spec, marks: [...(spec.marks ?? []), ...heading(spec, title, subtitle)] };
  const view = new View(parse(whole), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return (
    svg
      .replace("<svg ", `<svg role="img" aria-label="${attribute(`${title}: ${figure.alt}`)}" `)
      // The aria-label is complete; screen readers would also read the roles and names of Vega's groups.
      .replaceAll(/ (?:role|aria-roledescription)="(?:graphics-[a-z]+|[a-z -]*container)"/g, "")
  );
}

/** The drawing as a separate file: colours of the light theme on a white background. */
export function standaloneSvg(svg: string): string {
  const resolved = svg.replaceAll(/var\(--[a-z0-9-]+, (#[0-9a-f]{6})\)/g, "$1");
  const opening = resolved.indexOf(">") + 1;
  return `${resolved.slice(0, opening)}<rect width="100%" height="100%" fill="#ffffff"/>${resolved.slice(opening)}\n`;
}

function attribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
