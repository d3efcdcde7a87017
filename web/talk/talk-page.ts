import { escapeMarkup } from "heed/views";
import type { Slide, Talk } from "./talk.ts";

/** What the page of a talk is written with. */
export interface TalkPageOptions {
  readonly language: string;
  readonly direction: "ltr" | "rtl";
  /** Where the explorer is, so that a view can be opened live; a link needs a network only when it is followed. */
  readonly explorer: string;
  readonly words: { readonly title: string; readonly live: string; readonly keys: string };
}

/** The smallest text of a picture, in hundredths of the screen's height: 28 px on 1080 lines, as on the explorer's own lecture screen, and a hair for what is rounded. */
const legible = (100 * 28.1) / 1080;
/** A slide's width between its margins, in hundredths of the screen's. */
const slideWidth = 92;
/** Its height, in hundredths of the screen's. */
const slideHeight = 92;
/** A picture as tall as that, over its width, leaves a wide screen's side free. */
const squarish = 0.8;

const policy =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

const style = `
:root { color-scheme: light dark; --ground: #fff; --ink: #1b1f24; --quiet: #59636e; }
@media (prefers-color-scheme: dark) { :root { --ground: #14161a; --ink: #e6e9ee; --quiet: #9aa4b0; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font-family: system-ui, "Segoe UI", "Helvetica Neue", Arial, "Noto Sans", sans-serif; }
section { display: flex; flex-direction: column; gap: 2vh; min-height: 100vh; padding: 4vh 4vw; break-after: page; }
h2 { margin: 0; font-size: clamp(24px, 2.9vw, 64px); line-height: 1.25; overflow-wrap: anywhere; }
.pictures { flex: 1 0 auto; display: flex; flex-direction: column; gap: 2vh; }
img { flex: 1 0 min(var(--legible), var(--whole)); min-height: 0; width: 100%; object-fit: contain; }
p { margin: 0; color: var(--quiet); font-size: clamp(14px, 1.5vw, 30px); overflow-wrap: anywhere; }
a { color: inherit; }
@media screen and (min-aspect-ratio: 4/3) {
  section.beside { display: grid; grid-template: auto 1fr / auto minmax(0, 1fr); column-gap: 3vw; }
  .beside .pictures { grid-row: 1 / 3; }
  .beside img { flex: none; width: auto; height: ${slideHeight}vh; }
}
.shown section:not(.current) { display: none; }
@media print { .shown section:not(.current), section { display: flex; min-height: 0; height: 100vh; } .pictures { flex: 1; min-height: 0; } img { flex: 1; } a { display: none; } :root { --ground: #fff; --ink: #1b1f24; --quiet: #59636e; } }
`;

/** Steps by keys, a clicker, or a tap at the sides; the address has the number of the view. */
const script = `
const slides = [...document.querySelectorAll("section")];
let at = 0;
const show = (to) => {
  at = Math.max(0, Math.min(slides.length - 1, to));
  slides.forEach((slide, index) => slide.classList.toggle("current", index === at));
  document.title = (at + 1) + " / " + slides.length + " " + slides[at].querySelector("h2").textContent;
  history.replaceState(null, "", "#" + (at + 1));
  scrollTo(0, 0);
};
// A view that is longer than the screen is seen to its end before the next one comes.
const go = (by) => {
  const { scrollHeight, scrollTop, clientHeight } = document.documentElement;
  const left = by > 0 ? scrollHeight - clientHeight - scrollTop : scrollTop;
  if (left > 40) scrollBy(0, by * 0.8 * clientHeight);
  else show(at + by);
};
const steps = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, Enter: 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1, Backspace: -1 };
const isMirrored = document.documentElement.dir === "rtl";
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("a") && event.key === "Enter") return;
  if (event.key === "Home") show(0);
  else if (event.key === "End") show(slides.length - 1);
  else if (event.key === "f") document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
  else if (steps[event.key]) go(steps[event.key] * (isMirrored && /Left|Right/.test(event.key) ? -1 : 1));
  else return;
  event.preventDefault();
});
addEventListener("click", (event) => {
  if (event.target.closest("a") || !getSelection().isCollapsed) return;
  const isBack = event.clientX < innerWidth / 3;
  go(isBack !== isMirrored ? -1 : 1);
});
document.body.classList.add("shown");
show(Number(location.hash.slice(1)) - 1 || 0);
`;

/** A talk as one HTML file that needs no network: a view fills the screen; without a script, and on paper, all stand under one another. */
export function talkPage(talk: Talk, options: TalkPageOptions): string {
  const { language, direction, words } = options;
  return `<!doctype html>
<html lang="${escapeMarkup(language)}" dir="${direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeMarkup(words.title)}</title>
<style>${style}</style>
</head>
<body>
${talk.map((slide) => section(slide, options)).join("\n")}
<script>${script}</script>
</body>
</html>
`;
}

function section(
  { link, title, lines, pictures }: Slide,
  { explorer, words }: TalkPageOptions,
): string {
  // As pictures they run no script, whatever words are in them.
  const drawn = pictures.map(
    (svg) =>
      `<img alt="${escapeMarkup(title)}" style="${roomOf(svg)}" src="data:image/svg+xml;base64,${base64(svg)}">`,
  );
  const live = `<a href="${escapeMarkup(`${explorer}#${link}`)}" title="${escapeMarkup(words.keys)}">${escapeMarkup(words.live)}</a>`;
  const said = lines.map((line) => `<p dir="auto">${escapeMarkup(line)}</p>`).join("");
  return `<section${pictures.length === 1 && isBesideTitle(pictures[0]!) ? ' class="beside"' : ""}>
<h2 dir="auto">${escapeMarkup(title)}</h2>
<div class="pictures">${drawn.join("")}</div>
<div>${said}<p>${live}</p></div>
</section>`;
}

/** How tall a picture is where its smallest text can be read from the last row, in hundredths of the screen's height, and its height over its width; 0 of what has no text or no view box. */
function shapeOf(svg: string): { readonly tall: number; readonly ratio: number } {
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? [];
  const sizes = Array.from(svg.matchAll(/font-size="([\d.]+)"/g), ([, size]) => Number(size));
  if (width === undefined) return { tall: 0, ratio: 0 };
  const tall = sizes.length > 0 ? (Number(height) * legible) / Math.min(...sizes) : 0;
  return { tall, ratio: Number(height) / Number(width) };
}

/** Whether a picture fills a screen's height, and leaves room beside it. */
function isBesideTitle(svg: string): boolean {
  const { tall, ratio } = shapeOf(svg);
  return ratio > squarish && tall <= slideHeight;
}

function roomOf(svg: string): string {
  const { tall, ratio } = shapeOf(svg);
  return `--legible: ${tall.toFixed(3)}vh; --whole: ${(slideWidth * ratio).toFixed(3)}vw`;
}

function base64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let letters = "";
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return btoa(letters);
}
