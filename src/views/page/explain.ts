import { escapeMarkup } from "../escape.ts";
import type {
  ExplainedPicture,
  ExplainedStep,
  ExplainedWord,
  StepsPicture,
} from "../explain/explained.ts";
import { type Printed, type PrintedRow, type PrintedTable, printed } from "../explain/printed.ts";
import { stepsOf } from "../explain/steps-of.ts";
import { stripPath } from "../explain/strip.ts";
import { formatFixed } from "../numbers.ts";
import { hex, inkOn, type Theme, weightColor } from "../scale.ts";
import { oneLine, surface } from "../surface.ts";
import { expectPageOptions, type PageOptions } from "./page-file.ts";

/** Steps whose numbers are open from the start: what answers the question. */
const open = new Set(
  "products sources softmax values stream qk ov tokens composition written layers".split(" "),
);
const policy = "default-src 'none'; style-src 'unsafe-inline'";

/** An explanation as one page that needs no network and no script: the answer first, then the steps, their numbers to be opened. */
export function explainHtml(picture: ExplainedPicture, options: PageOptions = {}): string {
  expectPageOptions(options, "explainHtml");
  return stepsHtml(stepsOf(picture), options);
}

/** Steps as one page that needs no network and no script. */
export function stepsHtml(picture: StepsPicture, options: PageOptions = {}): string {
  expectPageOptions(options, "stepsHtml");
  const { theme = "auto" } = options;
  const { title, about, texts, lines, steps, words = [] } = picture;
  const line = (text: string) => escapeMarkup(oneLine(text));
  return `<!doctype html>
<html lang="en" data-theme="${theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${line(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<header>
<h1>${line(title)}</h1>
<p class="quiet">${line(about)}</p>
${words.length > 0 ? `<p class="words">${words.map(wordMarks).join(" ")}</p>` : ""}
<ul class="answer${words.length > 0 ? " leads" : ""}">${lines.map((text) => `<li>${line(text)}</li>`).join("")}</ul>
</header>
<nav aria-label="Steps"><ol>${steps.map(({ id, title, leftOut }) => `<li${leftOut ? ' class="quiet"' : ""}><a href="#${id}">${line(title)}</a></li>`).join("")}</ol></nav>
${steps.map((step, n) => section(step, n + 1)).join("\n")}
<footer class="quiet">${line(texts.join(" / "))}</footer>
</main>
</body>
</html>
`;
}

/** A word with its weight as its colour; both themes' colours stand there, and the style takes one. */
function wordMarks({ text, weight, role, special }: ExplainedWord): string {
  const colors = (["light", "dark"] as const)
    .map((theme: Theme) => {
      const ground = weightColor(weight, theme);
      return `--${theme}:${hex(ground)};--${theme}-ink:${hex(inkOn(ground))}`;
    })
    .join(";");
  const classes = ["word", ...(role ? [role] : []), ...(special ? ["special"] : [])].join(" ");
  return `<span class="${classes}" style="${colors}" title="${formatFixed(weight, 4)}"><bdi>${escapeMarkup(surface(text))}</bdi><small>${formatFixed(weight, 2)}</small></span>`;
}

function section(step: ExplainedStep, number: number): string {
  const heading = `<h2><span class="number">${number}</span> ${escapeMarkup(oneLine(step.title))}</h2>`;
  if (step.leftOut)
    return `<section id="${step.id}" class="left-out">${heading}<p class="quiet">Left out: ${escapeMarkup(oneLine(step.leftOut))}.</p></section>`;
  const values = step.values.map((value) => valueMarks(printed(value))).join("\n");
  return `<section id="${step.id}">${heading}
<p>${escapeMarkup(oneLine(step.sentence))}</p>
<p class="formula">${escapeMarkup(oneLine(step.formula))}</p>
<details${open.has(step.id) ? " open" : ""}><summary>the numbers</summary>
${values}
</details></section>`;
}

function valueMarks(value: Printed): string {
  switch (value.kind) {
    case "note":
      return `<p class="note">${escapeMarkup(oneLine(value.text))}</p>`;
    case "vector": {
      const path = stripPath(value.values, { x: 0, y: 0, width: 400, height: 28 });
      const shown = value.values.slice(0, 6).map((number) => formatFixed(number, 3));
      const more = value.values.length > shown.length ? " …" : "";
      return `<figure><figcaption>${escapeMarkup(surface(value.name))}, ${value.about}: <code>${shown.join(" ")}${more}</code></figcaption><svg class="strip ${value.role ?? ""}" viewBox="0 0 400 28" preserveAspectRatio="none" aria-hidden="true"><path d="${path}"/></svg></figure>`;
    }
    case "table":
      return tableMarks(value);
  }
}

function tableMarks({ caption, titles, rows, isText }: PrintedTable): string {
  const hasBars = rows.some(({ bar }) => bar !== undefined);
  const isSigned = rows.some(({ bar }) => (bar ?? 0) < 0);
  const head = titles.map((title, n) =>
    n === 0 && title === "" ? "<td></td>" : `<th scope="col">${escapeMarkup(surface(title))}</th>`,
  );
  const body = rows.map((row) => {
    const name = [row.role, row.kind, row.special ? "special" : undefined]
      .filter(Boolean)
      .join(" ");
    const cells = row.cells.map((cell) => `<td>${escapeMarkup(oneLine(cell))}</td>`).join("");
    const bar = hasBars ? `<td class="bar">${barMarks(row, isSigned)}</td>` : "";
    return `<tr${name ? ` class="${name}"` : ""}><th scope="row"><bdi>${escapeMarkup(surface(row.label))}</bdi></th>${cells}${bar}</tr>`;
  });
  return `<div class="table"><table${isText ? ' class="texts"' : ""}><caption>${escapeMarkup(oneLine(caption))}</caption><thead><tr>${head.join("")}${hasBars ? "<td></td>" : ""}</tr></thead><tbody>${body.join("")}</tbody></table></div>`;
}

/** A bar from the left, or from the middle where some point the other way. */
function barMarks({ bar }: PrintedRow, isSigned: boolean): string {
  if (bar === undefined || !Number.isFinite(bar)) return "";
  const length = Math.min(1, Math.abs(bar)) * (isSigned ? 50 : 100);
  const start = isSigned ? (bar < 0 ? 50 - length : 50) : 0;
  return `<i class="${bar < 0 ? "below" : "above"}" style="left:${formatFixed(start, 1)}%;width:${formatFixed(Math.max(0.5, length), 1)}%"></i>`;
}

const dark =
  "--ground:#14161a;--ink:#e6e9ee;--quiet:#9aa4b0;--line:#3a414b;--first:#56b4e9;--second:#e69f00;--card:#1b1e24;--word:var(--dark);--word-ink:var(--dark-ink)";
const style = `
:root{--ground:#fff;--ink:#1b1f24;--quiet:#59636e;--line:#d1d9e0;--first:#0072b2;--second:#d55e00;--card:#f6f8fa;color-scheme:light}
.word{--word:var(--light);--word-ink:var(--light-ink)}
@media (prefers-color-scheme:dark){:root[data-theme=auto]{${dark};color-scheme:dark}:root[data-theme=auto] .word{--word:var(--dark);--word-ink:var(--dark-ink)}}
:root[data-theme=dark]{${dark};color-scheme:dark}:root[data-theme=dark] .word{--word:var(--dark);--word-ink:var(--dark-ink)}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI","Helvetica Neue",Arial,sans-serif}
main{max-width:54rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem;text-wrap:balance}
h2{font-size:1.15rem;margin:0 0 .35rem}
p{margin:.4rem 0}
.quiet,footer{color:var(--quiet)}
.words{display:flex;flex-wrap:wrap;gap:.35rem;margin:1rem 0}
.word{background:var(--word);color:var(--word-ink);border-radius:.3rem;padding:.15rem .45rem;display:inline-flex;flex-direction:column;align-items:center;border:2px solid transparent;max-width:100%;overflow-wrap:anywhere}
.word small{font-size:.7rem;opacity:.85;font-variant-numeric:tabular-nums}
.word.target{border-color:var(--first)}.word.against{border-color:var(--second)}
.answer{padding-left:1.2rem;font-size:1.05rem}.answer li{margin:.45rem 0}.leads li:first-child{font-weight:600}
nav ol{columns:2;column-gap:2rem;padding-left:1.5rem;font-size:.9rem;border-block:1px solid var(--line);margin:1.5rem 0;padding-block:.75rem}
nav a{color:inherit}
section{border-bottom:1px solid var(--line);padding:1.25rem 0;scroll-margin-top:1rem}
.number{display:inline-block;min-width:1.7rem;color:var(--quiet);font-variant-numeric:tabular-nums}
.formula{color:var(--quiet);font-size:.9rem;font-family:ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
summary{cursor:pointer;color:var(--quiet);font-size:.9rem;padding:.25rem 0}
.note{font-size:.9rem;color:var(--quiet)}
figure{margin:.75rem 0}
figcaption{font-size:.85rem}
code{font-variant-numeric:tabular-nums;color:var(--quiet);overflow-wrap:anywhere}
.strip{display:block;width:100%;height:28px;fill:var(--quiet)}.strip.target{fill:var(--first)}.strip.against{fill:var(--second)}
.table{overflow-x:auto;margin:.75rem 0;background:var(--card);border-radius:.4rem;padding:.5rem .75rem}
table{border-collapse:collapse;width:100%;font-size:.85rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding-bottom:.35rem}
th,td{text-align:right;padding:.1rem .4rem;white-space:nowrap;font-weight:400}
th[scope=row]{text-align:left;padding-left:0}
thead th{color:var(--quiet)}
tr.target th,tr.target td{font-weight:700;color:var(--first)}tr.against th,tr.against td{font-weight:700;color:var(--second)}
tr.special th,tr.rest th,tr.rest td{color:var(--quiet)}
tr.total th,tr.total td{font-weight:700;border-top:1px solid var(--line)}
td.bar{position:relative;width:22%;min-width:5rem}
td.bar i{position:absolute;top:25%;height:50%;border-radius:2px}i.above{background:var(--first)}i.below{background:var(--second)}
.texts th,.texts td{text-align:left;white-space:normal;vertical-align:top;overflow-wrap:anywhere}.texts th[scope=row],.texts thead th{white-space:nowrap}
@media (max-width:34rem){nav ol{columns:1}h1{font-size:1.3rem}th,td{padding-inline:.25rem}td.bar{min-width:3rem}}
@media print{details::details-content{content-visibility:visible;block-size:auto}nav{display:none}section{break-inside:avoid}}
`;
