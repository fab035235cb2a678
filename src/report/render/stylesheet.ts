/** The style sheet of report.html. The plots use the same colour properties (plots/chart.ts). */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fbfbfa; --card: #ffffff; --ink: #1c2430; --muted: #5b6675; --rule: #d8dde4; --accent: #1f6fb4;
  --right: #1f6fb4; --wrong: #c8501e; --mark: #7a4b00; --mark-paper: #fff3d6;
  --series-1: #1f6fb4; --series-2: #c8501e; --series-3: #0a8f6c; --series-4: #a34f8c; --series-5: #8a6d00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12161c; --card: #191f27; --ink: #e6e9ee; --muted: #9ba7b6; --rule: #323b47; --accent: #7ab8ee;
    --right: #6fb1ea; --wrong: #f0925f; --mark: #ffdf9e; --mark-paper: #40300c;
    --series-1: #6fb1ea; --series-2: #f0925f; --series-3: #4fc9a4; --series-4: #d994c6; --series-5: #d5b94a;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 4rem; }
body {
  margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR", sans-serif;
  overflow-wrap: break-word;
}
/* Korean breaks between words, not within them. */
:lang(ko) { word-break: keep-all; }
header, main { max-width: 82rem; margin: 0 auto; padding: 0 1rem; }
@media (min-width: 48rem) { header, main { padding: 0 2rem; } }
header { padding-top: 1.5rem; }
header > p { margin: 0; color: var(--muted); }
h1 { margin: 0 0 .25rem; font-size: clamp(1.4rem, 1.1rem + 1.6vw, 2rem); line-height: 1.2; letter-spacing: -.01em; text-wrap: balance; }
h2 { margin: 0 0 1rem; font-size: 1.35rem; line-height: 1.25; }
h3 { margin: 1.75rem 0 .5rem; font-size: 1.05rem; }
p, li { max-width: 46rem; }
a { color: var(--accent); text-underline-offset: .2em; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1rem 0 0; padding: 0; list-style: none; font-size: .95rem; }
section { padding: 1.25rem 0 .75rem; border-top: 1px solid var(--rule); margin-top: 1rem; }
section.folded { padding: .6rem 0; margin: 0; }
section.folded > details { margin: 0; }
section.folded > details > summary { width: auto; color: var(--ink); }
section.folded h2 { display: inline; font-size: 1.15rem; }
.brief { color: var(--muted); font-size: .9rem; margin-left: .5rem; }
@media (max-width: 46rem) { .brief { display: block; margin: .1rem 0 0 1.1rem; } }
.lead { font-size: 1.15rem; }
.banner {
  position: sticky; top: 0; z-index: 1; background: var(--mark-paper); color: var(--mark); border-bottom: 1px solid currentColor;
}
.banner p { max-width: 82rem; margin: 0 auto; padding: .5rem 1rem; font-size: .9rem; font-weight: 600; line-height: 1.35; }
@media (min-width: 48rem) { .banner p { padding: .5rem 2rem; } }
.watermark { display: none; }
.notice { max-width: none; margin: 1.5rem 0 0; padding: .6rem .9rem; border-left: 4px solid var(--mark); background: var(--mark-paper); color: var(--mark); }
code, pre { font-family: ui-monospace, "SF Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; }
code { font-size: .88em; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: .6rem 2rem; margin: 1rem 0 1.5rem; }
dt { color: var(--muted); font-size: .85rem; }
dd { margin: 0; }
table { border-collapse: collapse; width: 100%; margin: 1.25rem 0; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--muted); font-size: .9rem; padding-bottom: .5rem; }
th, td { padding: .45rem .6rem; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; font-weight: normal; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--muted); font-size: .85rem; vertical-align: bottom; border-bottom: 1.5px solid var(--muted); }
th.right, td.right { text-align: right; }
td.muted, th.muted { color: var(--muted); }
small { display: block; font-size: .8rem; color: var(--muted); }
table.plain { width: fit-content; max-width: 100%; }
table.plain :is(th, td):not(:first-child) { padding-left: 1.25rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1.25rem; margin: 1.25rem 0; align-items: start; }
figure { margin: 0; }
figure.plot { background: var(--card); border: 1px solid var(--rule); border-radius: .5rem; padding: .6rem; }
figure.plot svg { display: block; width: 100%; height: auto; max-width: 27rem; margin: 0 auto; }
figure.plot:only-child { max-width: 29rem; }
figcaption { color: var(--muted); font-size: .85rem; }
figure.plot figcaption { padding: .25rem .25rem 0; }
figcaption p { margin: 0 0 .35rem; }
details { margin: .25rem 0; }
details.fold { margin: 1rem 0; }
summary :is(h3, h4) { display: inline; margin: 0; color: var(--accent); }
.glance { display: grid; gap: 1rem 2rem; grid-template-columns: minmax(0, 1fr); align-items: start; }
.glance .figures { margin: 0; }
@media (min-width: 64rem) {
  .glance { grid-template-columns: minmax(21rem, 2fr) 3fr; }
  .glance .figures { grid-template-columns: 1fr 1fr; }
}
.glance > div > :first-child { margin-top: 0; }
.tiles { grid-template-columns: repeat(auto-fit, minmax(6.5rem, 1fr)); gap: .5rem 1rem; }
.tiles dd { font-size: 1.6rem; font-weight: 600; line-height: 1.25; font-variant-numeric: tabular-nums; white-space: nowrap; }
@media (max-width: 46rem) { .tiles { grid-template-columns: 1fr 1fr; } }
.tiles small { font-weight: normal; white-space: normal; }
.choose:not([hidden]) { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1.25rem 0 0; padding: 0; border: 0; }
.choose legend { padding: 0; color: var(--muted); font-size: .9rem; }
.choose input { accent-color: var(--accent); }
.csv { display: block; margin: -.75rem 0 0; padding: .25rem 0; border: 0; background: none; color: var(--accent); font: inherit; font-size: .85rem; cursor: pointer; }
summary { cursor: pointer; color: var(--accent); width: fit-content; max-width: 100%; }
figure.plot details table { width: 100%; margin: .5rem 0 0; font-size: .8rem; }
figure.plot details :is(th, td):not(:first-child) { padding: .2rem .35rem; }
.skip { position: absolute; left: 0; top: 0; z-index: 2; background: var(--card); padding: .5rem 1rem; }
.unseen, .skip:not(:focus) { position: absolute; width: 1px; height: 1px; padding: 0; overflow: hidden; clip-path: inset(50%); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 10.5rem), 1fr)); gap: 1rem; margin: 1rem 0; padding: 0; list-style: none; }
.gallery li { max-width: none; }
.gallery:has(img + img) { grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); }
.images { display: flex; gap: .35rem; align-items: flex-start; }
.images img { flex: 1 1 0; min-width: 0; max-width: 14rem; height: auto; border-radius: .25rem; background: #000000; }
.gallery figcaption { margin-top: .3rem; font-size: .78rem; line-height: 1.35; }
.slider:not([hidden]) { display: inline-block; width: min(100%, 20.5rem); margin-right: 1.5rem; vertical-align: top; }
.slider h3 { margin-bottom: .25rem; }
.slider label { color: var(--muted); font-size: .9rem; }
.slider input { display: block; width: 100%; accent-color: var(--accent); vertical-align: middle; }
.slider output { display: inline-block; margin-left: .35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.slider table { margin: .5rem 0; width: 100%; }
.slider th { font-size: .8rem; }
.slider tbody th { white-space: nowrap; }
.slider td, .slider thead th { text-align: right; }
.slider dl { grid-template-columns: repeat(4, auto); gap: .5rem; margin: .5rem 0 1rem; }
.slider dt { font-size: .78rem; }
.slider dd { font-variant-numeric: tabular-nums; }
.listings { display: flex; flex-wrap: wrap; gap: 1.25rem; margin: 1.25rem 0; }
figure.code { max-width: 100%; }
pre {
  margin: .4rem 0 0; padding: .75rem; background: var(--card); border: 1px solid var(--rule); border-radius: .5rem;
  font-size: .85rem; line-height: 1.45; white-space: pre-wrap; overflow-wrap: anywhere; width: fit-content; max-width: 100%;
}
@media screen { tr[hidden] { display: none !important; } }
@media screen and (max-width: 46rem) {
  table.stack, table.stack tbody, table.stack caption { display: block; }
  table.stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table.stack tr { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 0 .75rem; padding: .7rem 0; border-bottom: 1px solid var(--rule); }
  table.stack th[scope=row] { grid-column: 1 / -1; padding: 0 0 .2rem; border: 0; }
  table.stack td { display: flex; justify-content: space-between; gap: .25rem; font-size: .9rem; padding: .1rem 0; border: 0; }
  table.stack td::before { content: attr(data-title); color: var(--muted); font-size: .8rem; text-align: left; }
  table.stack td.none { display: none; }
  .slider:not([hidden]) { display: block; width: auto; margin-right: 0; }
  th, td { padding: .4rem .35rem; }
  figure.plot details table { font-size: .72rem; }
  figure.plot details :is(th, td):not(:first-child) { padding: .2rem .15rem; }
  table.plain :is(th, td):not(:first-child) { padding-left: .35rem; }
  pre { padding: .5rem 0; border: 0; background: none; font-size: min(.85rem, 2.8vw); }
}
@media print {
  :root {
    color-scheme: light; --paper: #ffffff; --card: #ffffff; --ink: #000000; --muted: #444c57; --rule: #c8cdd4; --accent: #000000;
    --right: #1f6fb4; --wrong: #c8501e; --mark: #7a4b00; --mark-paper: #fff3d6;
    --series-1: #1f6fb4; --series-2: #c8501e; --series-3: #0a8f6c; --series-4: #a34f8c; --series-5: #8a6d00;
  }
  @page { margin: 18mm 15mm; }
  html { font-size: 9.5pt; }
  body { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  /* Korean breaks between words, not within them. */
:lang(ko) { word-break: keep-all; }
header, main { max-width: none; padding: 0; }
  header { padding-top: 4mm; }
  nav, .csv, .slider:not([hidden]), .choose:not([hidden]), .skip, figcaption details { display: none; }
  tr[hidden] { display: table-row; }
  details.fold::details-content { display: block; content-visibility: visible; }
  table:not(.plain) { font-size: .9rem; }
  table:not(.plain) :is(th, td) { padding: .3rem .25rem; }
  .banner { position: static; }
  .figures { grid-template-columns: 1fr 1fr; }
  figure, tr, dl, .gallery li { break-inside: avoid; }
  h2, h3, caption, figcaption { break-after: avoid; }
  /* A fixed box repeats on every sheet; faint and behind nothing, it marks each without covering text. */
  .watermark {
    display: block; position: fixed; top: 42%; left: 0; width: 100%; max-width: none; margin: 0; text-align: center;
    font-size: 54pt; font-weight: 700; color: #7a4b00; opacity: .12; transform: rotate(-28deg);
  }
}
`;
