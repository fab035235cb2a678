// The only script of report.html: moving the threshold updates the confusion matrix, buttons choose the rows of a table and save it as CSV, and
// links and printing open what is folded. The page's Content-Security-Policy allows it by its hash, so no other script can run.
import { createHash } from "node:crypto";
import { FORMULA } from "../../core/csv-cells.js";
import type { OperatingPoint } from "../blocks.js";
import { count, percent, threshold } from "../format.js";

/** The texts of every position, rounded as in the tables. The script only displays them. */
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
for (const box of document.querySelectorAll(".choose")) {
  const rows = box.nextElementSibling.querySelectorAll("tr[data-option]");
  const show = () => {
    const { value } = box.querySelector(":checked");
    rows.forEach((row) => { row.hidden = row.dataset.option !== value; });
  };
  box.addEventListener("change", show);
  show();
  box.hidden = false;
}
const cellText = (cell) => {
  const text = [...cell.childNodes].map((part) => part.textContent.trim()).filter(Boolean).join(" ");
  const formula = ${FORMULA}.test(text) && !/^[+-]?[\\d.]+%?$/.test(text);
  return '"' + (formula ? "'" : "") + text.replaceAll('"', '""') + '"';
};
for (const table of document.querySelectorAll("table:has(caption)")) {
  const title = table.caption.textContent.trim();
  const button = document.createElement("button");
  button.className = "csv";
  button.textContent = document.body.dataset.csv;
  button.setAttribute("aria-label", document.body.dataset.csv + ": " + title);
  button.addEventListener("click", () => {
    const lines = [...table.rows].map((row) => [...row.cells].map(cellText).join(",") + "\\r\\n");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\\ufeff", ...lines], { type: "text/csv" }));
    link.download = (title.slice(0, 60).replace(/[^\\p{L}\\p{N}]+/gu, "-") || "table") + ".csv";
    link.click();
    URL.revokeObjectURL(link.href);
  });
  table.after(button);
}
const reveal = () => {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  target.querySelector(":scope > details")?.setAttribute("open", "");
  target.closest("details")?.setAttribute("open", "");
};
addEventListener("hashchange", reveal);
document.querySelector("nav").addEventListener("click", () => setTimeout(reveal));
reveal();
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  opened.forEach((one) => { one.open = true; });
});
addEventListener("afterprint", () => { opened.forEach((one) => { one.open = false; }); });
`;

export const SCRIPT_HASH = `sha256-${createHash("sha256").update(SCRIPT).digest("base64")}`;
