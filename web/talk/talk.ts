/** A view that a talk shows: its link, what it is called, and its pictures as they were on screen. */
export interface Slide {
  /** The state behind "#". */
  readonly link: string;
  readonly title: string;
  /** What stands under the pictures, a line each. */
  readonly lines: readonly string[];
  /** Whole SVG documents, one or two. */
  readonly pictures: readonly string[];
}

export type Talk = readonly Slide[];

/** More than any lecture has. */
const mostSlides = 200;

/** The talk with another view at its end. */
export function added(talk: Talk, slide: Slide): Talk {
  return [...talk, slide].slice(0, mostSlides);
}

/** The talk without one of its views. */
export function removed(talk: Talk, place: number): Talk {
  return talk.filter((_, other) => other !== place);
}

/** The talk with a view so many places later, or earlier; it stays within the talk. */
export function moved(talk: Talk, place: number, by: number): Talk {
  const slide = talk[place];
  if (!slide) return talk;
  const others = removed(talk, place);
  const to = Math.max(0, Math.min(others.length, place + by));
  return [...others.slice(0, to), slide, ...others.slice(to)];
}

/** The talk with a view called otherwise. */
export function renamed(talk: Talk, place: number, title: string): Talk {
  return talk.map((slide, other) => (other === place ? { ...slide, title } : slide));
}

/** A talk that was kept as JSON; what is no view is left out. */
export function readTalk(json: string): Talk {
  let kept: unknown;
  try {
    kept = JSON.parse(json);
  } catch {
    return [];
  }
  return Array.isArray(kept) ? kept.filter(isSlide).slice(0, mostSlides) : [];
}

function isSlide(value: unknown): value is Slide {
  const { link, title, lines, pictures } = (value ?? {}) as Record<string, unknown>;
  const areTexts = (list: unknown) =>
    Array.isArray(list) && list.every((one) => typeof one === "string");
  return (
    typeof link === "string" && typeof title === "string" && areTexts(lines) && areTexts(pictures)
  );
}
