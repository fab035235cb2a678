// A case as plain text, one line per side.

const number = (v) => (v >= 100 ? v.toFixed(0) : v >= 10 ? v.toFixed(1) : v >= 1 ? v.toFixed(2) : v.toPrecision(2));
const range = ({ median, min, max }) => `${number(median)} (${number(min)}..${number(max)})`;

export function tableOf({ name, unit, base, rows }) {
  const head = [
    "",
    "engine, mode",
    "thr",
    "ms (min..max)",
    unit,
    `${base ? "pulmo is x times faster" : ""}`,
    "max error: abs, rel",
  ];
  const cells = rows
    .filter((r) => r.status !== "cannot")
    .map((row) => {
      const engine = [row.version, row.mode].filter(Boolean).join(", ");
      const start = [row.label, engine, row.threads === undefined ? "" : String(row.threads)];
      if (row.status !== "ok") return [...start, `${row.status.toUpperCase()}: ${row.note}`];
      const d = row.check.difference ?? row.check.againstFloat64;
      const whom = row.check.difference ? `against ${row.check.against}` : "float32 against float64";
      const error = d ? `${d.absolute.toExponential(0)}, ${d.relative.toExponential(0)} (${whom})` : "(reference)";
      const ratio = row.label === base ? "base" : range(row.ratio);
      return [...start, range(row.ms), number(row.rate.median), ratio, error + (row.note ? `; ${row.note}` : "")];
    });
  const widths = head.map((h, i) =>
    Math.max(h.length, ...cells.map((c) => (c.length === head.length || i < 3 ? (c[i] ?? "").length : 0))),
  );
  const line = (c) =>
    c
      .map((text, i) => (i === c.length - 1 ? text : text.padEnd(widths[i])))
      .join("  ")
      .trimEnd();
  const cannot = rows.filter((r) => r.status === "cannot").map((r) => `${r.label} (${r.note})`);
  const rest = cannot.length > 0 ? `  not here: ${cannot.join("; ")}\n` : "";
  return `${name}\n${[head, ...cells].map((c) => `  ${line(c)}`).join("\n")}\n${rest}`;
}
