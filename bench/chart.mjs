// Speed of pulmo relative to its peers, case by case: a dot per peer, a line from the smallest to the largest ratio of the run, on a
// logarithmic scale. Left of 1, pulmo is slower.
import * as vega from "vega";

const ROW = 22;
const COLOURS = ["#1f6fb4", "#6aa5d8", "#0b3a63", "#c8501e", "#e8a07c", "#0a8f6c", "#6bc4a6", "#a34f8c", "#8a6d00", "#7a7f87"];
/** The peers in the chart, in this order; pulmo's other variants are in the table. */
const PEERS = [
  "PyTorch",
  "PyTorch, malloc kept",
  "PyTorch, malloc kept, NHWC",
  "ONNX Runtime native",
  "ONNX Runtime Web",
  "TensorFlow.js wasm",
  "jax-js",
  "naive TypeScript",
];

export async function drawChart({ cases, machine, threads }) {
  const dots = cases.flatMap(({ name, base, rows }) =>
    rows
      .filter((r) => r.status === "ok" && PEERS.includes(r.label) && r.label !== base)
      .map((r) => ({ name, side: r.label, median: r.ratio.median, min: r.ratio.min, max: r.ratio.max })),
  );
  if (dots.length === 0) return `<svg xmlns="http://www.w3.org/2000/svg"/>\n`;
  const names = cases.map((c) => c.name);
  const x = (field) => ({ scale: "x", field });
  const y = { scale: "y", field: "name", band: 0.5 };
  const colour = { scale: "colour", field: "side" };
  const title = `Times faster than each peer: pulmo (${cases[0].base}), ${threads} threads, ${machine.cpu}`;
  const view = new vega.View(
    vega.parse({
      $schema: "https://vega.github.io/schema/vega/v6.json",
      width: 560,
      height: names.length * ROW,
      padding: { left: 290, right: 170, top: 50, bottom: 45 },
      autosize: "none",
      background: "#ffffff",
      config: { font: "system-ui, sans-serif" },
      title: { text: title, anchor: "start", frame: "bounds", offset: 22, fontSize: 14 },
      data: [{ name: "dots", values: dots }],
      scales: [
        {
          name: "x",
          type: "log",
          range: "width",
          nice: true,
          domain: [Math.min(0.5, ...dots.map((d) => d.min)), Math.max(...dots.map((d) => d.max), 2)],
        },
        { name: "y", type: "band", range: "height", domain: names },
        { name: "colour", type: "ordinal", domain: PEERS, range: COLOURS },
      ],
      axes: [
        {
          orient: "bottom",
          scale: "x",
          grid: true,
          format: "~g",
          title: "peer's time / pulmo's time, within the run (logarithmic)",
          tickCount: 8,
          labelOverlap: true,
        },
        { orient: "left", scale: "y", ticks: false, domain: false, grid: true, labelLimit: 280, bandPosition: 0.5 },
      ],
      legends: [{ fill: "colour", symbolType: "circle", title: null }],
      marks: [
        {
          type: "rule",
          encode: {
            enter: { x: { scale: "x", value: 1 }, y: { value: 0 }, y2: { signal: "height" }, stroke: { value: "#1c2430" } },
          },
        },
        {
          type: "rule",
          from: { data: "dots" },
          encode: {
            enter: { x: x("min"), x2: x("max"), y, stroke: colour, strokeWidth: { value: 1.5 }, strokeOpacity: { value: 0.6 } },
          },
        },
        { type: "symbol", from: { data: "dots" }, encode: { enter: { x: x("median"), y, fill: colour, size: { value: 55 } } } },
      ],
    }),
    { renderer: "none" },
  );
  const svg = await view.toSVG();
  view.finalize();
  return `${svg}\n`;
}
