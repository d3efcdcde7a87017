import { html, nothing, svg, type TemplateResult } from "lit-html";
import {
  type FilmPicture,
  type FilmPictureFrame,
  type FilmPictureHead,
  headName,
  probeWeights,
  share,
} from "../../film/film-picture.ts";
import { hex, type Theme, weightColor } from "../../scale.ts";
import { surface } from "../../surface.ts";
import { filled } from "../steps/step-words.ts";
import type { FilmWords } from "./film-words.ts";

/** Which head of a film is shown, when, on which probe. */
export interface FilmPlace {
  readonly film: FilmPicture;
  readonly frame: FilmPictureFrame;
  readonly head: number;
  readonly probe: number;
  readonly shade: Theme;
  readonly words: FilmWords;
  /** Whether it stands on a lecture's screen, where words are as large as all else and some are left out. */
  readonly isStill: boolean;
}

/** One head, before and now: its singular values first, then its words, then where it looks. */
export function headPart(place: FilmPlace): TemplateResult {
  const { film, frame, head, words } = place;
  const before = film.frames[0]!.heads[head]!;
  const now = frame.heads[head]!;
  return html`
    <h2>${filled(words.head, { head: headName(film, head) })}</h2>
    ${measures(place, before, now)}
    <h3>${words.spectrum}</h3>
    <p class="hint">${withPowers(words.spectrumNote)}</p>
    ${spectrum(before, now)}
    <p class="hint"><span class="key"></span>${largest(words, words.before, before)}<span class="key now"></span>${largest(words, words.now, now)}</p>
    ${
      now.directions.length === 0
        ? nothing
        : html`<h3>${words.words}</h3>
            <p class="hint">${words.wordsNote}</p>
            ${directions(words, before, now)}`
    }
    <h3>${words.attention}</h3>
    <p class="hint">${words.attentionNote}</p>
    ${matrix(place)}`;
}

function measures(
  { film, words }: FilmPlace,
  before: FilmPictureHead,
  now: FilmPictureHead,
): TemplateResult | typeof nothing {
  if (film.measures.length === 0) return nothing;
  return html`<div class="sideways"><table>
    <thead><tr><th scope="col">${words.measures}</th><td></td><th scope="col" class="number">${words.now}</th><th scope="col" class="number">${words.before}</th><th scope="col" class="number">${words.alike}</th></tr></thead>
    <tbody>${film.measures.map(
      ({ name, what, chance }, n) => html`<tr title=${what}>
        <th scope="row">${name}</th>
        <td><div class="meter"><i .style=${`width: ${100 * Math.min(1, now.scores[n] ?? 0)}%`}></i></div></td>
        <td class="number">${share(now.scores[n] ?? 0)}</td>
        <td class="number was">${share(before.scores[n] ?? 0)}</td>
        <td class="number was">${share(chance)}</td>
      </tr>`,
    )}</tbody>
  </table></div>`;
}

/** W^Q with its Q above the line. */
function withPowers(text: string): unknown[] {
  return text.split(/\^([QKVO])/).map((part, n) => (n % 2 === 1 ? html`<sup>${part}</sup>` : part));
}

const [spectrumWidth, spectrumHeight] = [600, 84];

function spectrum(before: FilmPictureHead, now: FilmPictureHead): TemplateResult {
  const step = spectrumWidth / now.queryKey.length;
  const bars = ({ queryKey }: FilmPictureHead, kind: string, from: number) =>
    queryKey.map((value, n) => {
      const height = Math.max(1, (value / (queryKey[0] || 1)) * spectrumHeight);
      return svg`<rect class=${kind} x=${(n + from) * step} y=${spectrumHeight - height} width=${0.4 * step} height=${height}><title>${value}</title></rect>`;
    });
  const label = `${now.queryKey.slice(0, 4).join(", ")} …`;
  return html`<svg class="spectrum" viewBox=${`0 0 ${spectrumWidth} ${spectrumHeight}`} preserveAspectRatio="none" role="img" aria-label=${label}>
    ${bars(before, "before", 0.05)}
    ${bars(now, "now", 0.5)}
  </svg>`;
}

function largest(words: FilmWords, when: string, { queryKey }: FilmPictureHead): string {
  return filled(words.largest, { when, value: (queryKey[0] ?? 0).toPrecision(2) });
}

function directions(
  words: FilmWords,
  before: FilmPictureHead,
  now: FilmPictureHead,
): TemplateResult {
  const all = (list: readonly string[] | undefined) => (list ?? []).map(surface).join(", ");
  return html`<div class="sideways"><table>
    <thead><tr><td></td><th scope="col">${words.asks}</th><th scope="col">${words.finds}</th></tr></thead>
    <tbody>${now.directions.map((direction, n) => {
      const was = before.directions[n];
      return html`
        <tr><th scope="row">${n + 1}, ${words.now}</th><td>${all(direction.asking)}</td><td>${all(direction.found)}</td></tr>
        <tr><th scope="row">${n + 1}, ${words.before}</th><td class="was">${all(was?.asking)}</td><td class="was">${all(was?.found)}</td></tr>`;
    })}</tbody>
  </table></div>`;
}

const cell = 16;
const fontSize = 10;
/** How wide a letter is, and how far apart lines stand, as shares of the font's size. */
const [letter, line] = [0.56, 1.3];
/** On a lecture's screen: the font's size, and how wide the picture is at least, in CSS pixels. */
const [stillFont, stillWidth] = [14, 430];

/** A head's weights on the probe, with its words; of many, on a lecture's screen, those that have room. */
function matrix({ film, frame, head, probe, shade, isStill }: FilmPlace): TemplateResult {
  const words = film.probes[probe]!.map(surface);
  const T = words.length;
  const weights = probeWeights(film, frame, { probe, head });
  const longest = Math.max(...words.map((word) => word.length));
  const marginOf = (size: number) => Math.min(9 * size, 8 + letter * size * longest);
  // Margins grow with the font, whose size is that of the picture: font = stillFont · side / stillWidth.
  const still = (stillFont * (8 + T * cell)) / (stillWidth - stillFont * letter * longest);
  const font = isStill ? Math.max(fontSize, still) : fontSize;
  const margin = marginOf(font);
  const side = margin + T * cell;
  const every = Math.max(1, Math.ceil((line * font) / cell - 0.3));
  const cells = Array.from(weights, (weight, n) => {
    if (weight < 0.01) return nothing;
    const [query, key] = [Math.floor(n / T), n % T];
    const fill = hex(weightColor(weight, shade));
    return svg`<rect x=${margin + key * cell} y=${margin + query * cell} width=${cell} height=${cell} fill=${fill}><title>${words[query]} → ${words[key]} ${share(weight)}</title></rect>`;
  });
  const middle = (n: number) => margin + n * cell + cell / 2 + 0.35 * font;
  const named = [...words.entries()].filter(([n]) => n % every === 0);
  return html`<svg class="matrix" viewBox=${`0 0 ${side} ${side}`} role="img" aria-label=${looks(words, weights).join("; ")}>
    <g font-size=${font}>
      ${named.map(([n, word]) => svg`<text x=${margin - 5} y=${middle(n)} text-anchor="end">${word}</text>`)}
      ${named.map(([n, word]) => svg`<text transform=${`translate(${middle(n)} ${margin - 5}) rotate(-90)`}>${word}</text>`)}
    </g>
    <rect class="empty" x=${margin} y=${margin} width=${T * cell} height=${T * cell}></rect>
    ${cells}
  </svg>`;
}

/** What each word looks at most, for those who do not see the picture. */
function looks(words: readonly string[], weights: Float32Array): string[] {
  const T = words.length;
  return words.map((word, query) => {
    const row = weights.subarray(query * T, (query + 1) * T);
    const best = row.indexOf(Math.max(...row));
    return `${word} looks at ${words[best]}, ${share(row[best]!)}`;
  });
}
