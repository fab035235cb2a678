// The one thing report.html does by itself: a threshold moves, and the matrix follows. The page's security policy names this
// script by its hash, so that nothing else can run.
import { createHash } from "node:crypto";
import type { OperatingPoint } from "../blocks.js";
import { count, percent, threshold } from "../format.js";

/** The same roundings as the tables': what a position shows is made here, and the script only puts it in place. */
export function positions(points: OperatingPoint[]): string[][] {
  const share = (part: number, whole: number) => percent(whole === 0 ? 0 : part / whole);
  return points.map(({ threshold: at, tn, fp, fn, tp }) => [
    threshold(at),
    count(tn),
    count(fp),
    count(fn),
    count(tp),
    share(tp, tp + fn),
    share(tn, tn + fp),
    share(tp, tp + fp),
    share(tn + tp, tn + fp + fn + tp),
  ]);
}

export const SCRIPT = `
for (const box of document.querySelectorAll(".slider")) {
  const rows = JSON.parse(box.dataset.positions);
  const input = box.querySelector("input");
  const cells = box.querySelectorAll("[data-cell]");
  const show = () => {
    const row = rows[input.value];
    cells.forEach((cell) => { cell.textContent = row[cell.dataset.cell]; });
    input.setAttribute("aria-valuetext", row[0]);
  };
  input.addEventListener("input", show);
  show();
  box.hidden = false;
}
`;

export const SCRIPT_HASH = `sha256-${createHash("sha256").update(SCRIPT).digest("base64")}`;
