// The confusion matrix and the ROC curve of images whose folder names their class.
import { accuracy, classMetrics } from "../eval/confusion.js";
import { byId, make, makeSvg } from "./elements.js";
import type { Judged } from "./items.js";
import { word } from "./speech.js";
import type { Word } from "./words.js";

export function drawTruth(judged: Judged | undefined, classes: readonly [string, string]): void {
  byId("truth").hidden = judged === undefined;
  if (!judged) return;
  const { confusion, roc, auc } = judged;
  const share = (value: number) => (Number.isFinite(value) ? value.toFixed(3) : "–");
  const recall = classMetrics(confusion, 1).recall;
  const specificity = classMetrics(confusion, 0).recall;
  const heading = (text: string, scope: string) => make("th", { scope, className: scope === "col" ? "number" : "" }, text);
  const figures: [Word, number][] = [
    ["accuracy", accuracy(confusion)],
    ["recall", recall],
    ["specificity", specificity],
  ];
  byId("confusion").replaceChildren(
    make("tr", {}, make("td"), ...classes.map((name) => heading(word("decided", { class: name }), "col"))),
    ...classes.map((name, actual) =>
      make(
        "tr",
        {},
        heading(word("actual", { class: name }), "row"),
        ...confusion[actual].map((count) => make("td", { className: "number" }, String(count))),
      ),
    ),
    ...figures.map(([name, value]) =>
      make("tr", {}, heading(word(name), "row"), make("td", { className: "number", colSpan: 2 }, share(value))),
    ),
  );
  byId("roc").replaceChildren();
  if (auc === null) return;
  const [size, edge] = [220, 34];
  const x = (fpr: number) => edge + fpr * size;
  const y = (tpr: number) => 8 + (1 - tpr) * size;
  const title = word("rocTitle", { auc: auc.toFixed(4) });
  const svg = makeSvg(
    "svg",
    { viewBox: `0 0 ${size + edge + 12} ${size + edge + 8}`, role: "img", "aria-label": title },
    makeSvg("rect", { class: "frame", x: edge, y: 8, width: size, height: size }),
    makeSvg("line", { class: "chance", x1: x(0), y1: y(0), x2: x(1), y2: y(1) }),
    makeSvg("polyline", { class: "curve", points: roc.map(({ fpr, tpr }) => `${x(fpr)},${y(tpr)}`).join(" ") }),
    makeSvg("text", { x: x(0.5), y: size + edge, "text-anchor": "middle" }, word("falseAlarms")),
    makeSvg("text", { x: -y(0.5), y: 16, transform: "rotate(-90)", "text-anchor": "middle" }, word("recall")),
  );
  if (Number.isFinite(recall) && Number.isFinite(specificity)) {
    svg.append(makeSvg("circle", { class: "point", cx: x(1 - specificity), cy: y(recall), r: 4 }));
  }
  byId("roc").append(make("figcaption", {}, title), svg);
}
