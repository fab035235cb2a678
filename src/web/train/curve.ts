// The curve of the loss per step.
import { byId, make, makeSvg } from "../elements.js";
import { word } from "../speech.js";

const [WIDTH, HEIGHT, EDGE] = [600, 180, 40];

export function drawLosses(losses: readonly number[]): void {
  const figure = byId("losses");
  figure.hidden = losses.length === 0;
  if (losses.length === 0) return;
  const top = losses.reduce((a, b) => Math.max(a, b)) || 1;
  const x = (step: number) => EDGE + (losses.length === 1 ? 0 : (step / (losses.length - 1)) * WIDTH);
  const y = (loss: number) => 8 + (1 - loss / top) * HEIGHT;
  const title = word("lossTitle");
  const text = (at: Record<string, string | number>, said: string) => makeSvg("text", at, said);
  const svg = makeSvg(
    "svg",
    { viewBox: `0 0 ${WIDTH + EDGE + 12} ${HEIGHT + EDGE}`, role: "img", "aria-label": `${title}: ${losses.at(-1)!.toFixed(4)}` },
    makeSvg("rect", { class: "frame", x: EDGE, y: 8, width: WIDTH, height: HEIGHT }),
    makeSvg("polyline", {
      class: "curve",
      points: losses.map((loss, i) => `${x(i).toFixed(1)},${y(loss).toFixed(1)}`).join(" "),
    }),
    makeSvg("circle", { class: "point", cx: x(losses.length - 1), cy: y(losses.at(-1)!), r: 3 }),
    text({ x: EDGE - 4, y: 18, "text-anchor": "end" }, top.toFixed(2)),
    text({ x: EDGE - 4, y: y(0), "text-anchor": "end" }, "0"),
    text({ x: EDGE + WIDTH, y: HEIGHT + 26, "text-anchor": "end" }, `${word("step")} ${losses.length}`),
  );
  figure.replaceChildren(make("figcaption", {}, title), svg);
}
