import type { Page } from "playwright-core";
import { decodePng } from "../../../src/images/png.ts";
import { app } from "./app.ts";
import { holds } from "./holds.ts";

// What a screenshot is compared by: where the parts of a view stand and how much ink is on them. Pixels would differ with every machine's
// fonts; a part that is gone, empty, unreadable in the dark, out of place or under another one does not pass on any.

/** A part of the page: the element that has it in its shadow root, and where in there. */
interface Part {
  readonly host: string;
  readonly at: string;
  /** Whether it lies under what is tapped, and is only seen. */
  readonly isDrawing?: boolean;
}

const top: Readonly<Record<string, Part>> = {
  head: { host: "heed-app-head-chip", at: "button" },
  menu: { host: "heed-app", at: "heed-app-menu" },
  words: { host: "heed-app-sentence", at: ".words" },
  ways: { host: "heed-app-first", at: ".ways" },
};
const panel: Readonly<Record<string, Part>> = {
  ...top,
  title: { host: "heed-app", at: "#panel h2" },
  close: { host: "heed-app", at: "#panel .panel-head button" },
};

/** Views by name: a state of the page, and the parts that are to be seen. */
export const views: Readonly<Record<string, { state: object; parts: Record<string, Part> }>> = {
  first: {
    state: {},
    parts: {
      ...top,
      arcs: { host: "heed-app-sentence", at: ".arcs path", isDrawing: true },
      found: { host: "heed-app-first", at: ".found" },
      invitation: { host: "heed-app", at: ".invitation" },
    },
  },
  steps: {
    state: { panel: "steps", step: "products" },
    parts: {
      ...panel,
      answer: { host: "heed-app-steps", at: ".answer" },
      moves: { host: "heed-steps", at: ".moves" },
      step: { host: "heed-steps", at: "h3" },
      formula: { host: "heed-steps", at: ".formula" },
      picture: { host: "heed-steps", at: "figure" },
    },
  },
  change: {
    state: {
      panel: "change",
      changes: [{ kind: "cut", query: "it", key: "cat", heads: ["L3H1"] }],
    },
    parts: {
      ...panel,
      tools: { host: "heed-app-change", at: ".cause .tools" },
      links: { host: "heed-app-change", at: ".cause .links" },
      verdict: { host: "heed-app-change", at: ".consequence .verdict" },
      strip: { host: "heed-app-change", at: ".consequence .strip" },
      others: { host: "heed-app-change", at: ".consequence .legend .range", isDrawing: true },
      yours: { host: "heed-app-change", at: ".yours" },
    },
  },
  heads: {
    state: { panel: "heads" },
    parts: {
      ...panel,
      controls: { host: "heed-app-heads", at: ".controls" },
      grid: { host: "heed-app-heads", at: "heed-heads" },
      opened: { host: "heed-app-heads", at: "section.head .top" },
      map: { host: "heed-app-heads", at: "heed-heat-map" },
      links: { host: "heed-app-heads", at: "heed-links" },
    },
  },
  train: {
    state: { panel: "train" },
    parts: {
      menu: top.menu!,
      title: panel.title!,
      close: panel.close!,
      task: { host: "heed-app-train", at: "select[name=task]" },
      seed: { host: "heed-app-train", at: "input[name=seed]" },
      begin: { host: "heed-app-train", at: "form button.main" },
      stories: { host: "heed-app-train", at: "heed-app-stories-film" },
    },
  },
};

export const windows: Readonly<Record<string, { width: number; height: number }>> = {
  wide: { width: 1280, height: 720 },
  phone: { width: 360, height: 740 },
};

/** A part as it stands: its box in CSS pixels of the page, and the share of it that differs from the ground. */
export interface Placed {
  readonly box: readonly [x: number, y: number, width: number, height: number];
  readonly ink: number;
}

/** A view as it is to be; `ground` is how light the page is, from 0 to 1. */
export interface Reference {
  readonly parts: Readonly<Record<string, Placed>>;
  readonly ground: number;
}

/** A view as it stands; `covered` are parts that something else lies on. */
export interface Layout extends Reference {
  readonly missing: readonly string[];
  readonly covered: readonly string[];
}

/** Brings a page of the app, which has its model, to a view in a window and a theme. */
export async function show(
  page: Page,
  view: string,
  { size, theme }: { readonly size: string; readonly theme: "light" | "dark" },
): Promise<void> {
  await page.setViewportSize(windows[size]!);
  const state = JSON.stringify({ ...views[view]!.state, theme });
  const isDone = `${app}.seen !== undefined && !${app}.isBusy`;
  // From the first screen, so that nothing of another view's answers is taken for this one's.
  await page.evaluate(`${app}.set({ panel: undefined, changes: [] })`);
  await holds(page, isDone);
  await page.evaluate(frames);
  await page.evaluate(`${app}.set(${state})`);
  await holds(page, isDone);
  const parts = JSON.stringify(Object.values(views[view]!.parts));
  const isWhole = `(() => { ${search}
    return ${parts}.every(find) && [...all(document)].every((one) => one.getAttribute("aria-busy") !== "true");
  })()`;
  // A part that does not come is told as missing.
  await holds(page, isWhole).catch(() => {});
  await page.evaluate(`scrollTo(0, 0), ${frames}`);
}

const frames = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))";

/** Functions in the page that look into shadow roots. */
const search = `
  function* all(root) {
    for (const one of root.querySelectorAll("*")) {
      yield one;
      if (one.shadowRoot) yield* all(one.shadowRoot);
    }
  }
  const find = ({ host, at }) => {
    for (const one of all(document))
      if (one.localName === host) {
        const found = one.shadowRoot?.querySelector(at);
        if (found && found.getBoundingClientRect().width > 0 && found.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return found;
      }
  };
  const isWithin = (one, other) => {
    for (let up = one; up; up = up.parentNode ?? up.host) if (up === other) return true;
    return false;
  };
  const topAt = (x, y) => {
    let top = document.elementFromPoint(x, y);
    for (let inner; (inner = top?.shadowRoot?.elementFromPoint(x, y)) && inner !== top; ) top = inner;
    return top;
  };
`;

/** Where the parts of a view stand. */
export async function layoutOf(page: Page, view: string): Promise<Layout> {
  const { parts } = views[view]!;
  const found = await page.evaluate<Record<string, { box: Placed["box"]; isCovered: boolean }>>(
    `(() => { ${search}
      const seen = {};
      for (const [name, part] of Object.entries(${JSON.stringify(parts)})) {
        const one = find(part);
        if (!one) continue;
        const { x, y, width, height } = one.getBoundingClientRect();
        const points = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.2], [0.5, 0.8]]
          .map(([right, down]) => [x + width * right, y + height * down])
          .filter(([x, y]) => x >= 0 && y >= 0 && x < innerWidth && y < innerHeight);
        const hits = points.filter(([x, y]) => { const top = topAt(x, y); return isWithin(top, one) || isWithin(one, top); });
        seen[name] = { box: [x, y, width, height].map(Math.round), isCovered: !part.isDrawing && hits.length < points.length };
      }
      return seen;
    })()`,
  );
  const picture = decodePng(await page.screenshot({ fullPage: true, scale: "css" }), view);
  const light = lightnessOf(picture);
  const ground = light(2, picture.height - 2);
  return {
    ground: Number(ground.toFixed(2)),
    missing: Object.keys(parts).filter((name) => !found[name]),
    covered: Object.keys(found).filter((name) => found[name]!.isCovered),
    parts: Object.fromEntries(
      Object.entries(found).map(([name, { box }]) => [
        name,
        { box, ink: inkOf(box, picture, light, ground) },
      ]),
    ),
  };
}

type Picture = ReturnType<typeof decodePng>;

/** The lightness of a pixel, from 0 to 1. */
function lightnessOf({ rgb, width }: Picture) {
  return (x: number, y: number) => {
    const at = (y * width + x) * 3;
    return (0.299 * rgb[at]! + 0.587 * rgb[at + 1]! + 0.114 * rgb[at + 2]!) / 255;
  };
}

/** The share of a box's pixels that differ from the ground by more than a hairline's tone. */
function inkOf(
  [left, top, width, height]: Placed["box"],
  picture: Picture,
  light: ReturnType<typeof lightnessOf>,
  ground: number,
): number {
  let [inked, count] = [0, 0];
  for (let y = Math.max(0, top); y < Math.min(picture.height, top + height); y++)
    for (let x = Math.max(0, left); x < Math.min(picture.width, left + width); x++) {
      count++;
      if (Math.abs(light(x, y) - ground) > 0.12) inked++;
    }
  return Number((inked / Math.max(1, count)).toFixed(3));
}

/** How a layout differs from the one it is to be, in words; nothing where it is that one with other fonts. */
export function differences(layout: Layout, reference: Reference, width: number): string[] {
  const said = [
    ...layout.missing.map((name) => `${name} is not there`),
    ...layout.covered.map((name) => `something lies on ${name}`),
  ];
  if (Math.abs(layout.ground - reference.ground) > 0.1)
    said.push(`the page is ${layout.ground} light, not ${reference.ground}`);
  const names = Object.keys(layout.parts);
  for (const [index, name] of names.entries()) {
    const [own, other] = [layout.parts[name]!, reference.parts[name]];
    if (!other) continue;
    // Lines of other fonts are longer and higher, and what stands under them lower.
    const allowed = [
      Math.max(24, 0.08 * width),
      Math.max(32, 0.2 * other.box[1]),
      Math.max(32, 0.35 * other.box[2]),
      Math.max(40, 0.35 * other.box[3]),
    ];
    if (own.box.some((value, at) => Math.abs(value - other.box[at]!) > allowed[at]!))
      said.push(`${name} stands at ${own.box.join(" ")}, not ${other.box.join(" ")}`);
    if (own.ink < 0.4 * other.ink || own.ink > 2.5 * other.ink + 0.01)
      said.push(`${own.ink} of ${name} is drawn on, not ${other.ink}`);
    for (const next of names.slice(index + 1))
      if (isOver(own.box, layout.parts[next]!.box) && !isDrawing(name) && !isDrawing(next))
        said.push(`${name} and ${next} lie over each other`);
  }
  return said;
}

const isDrawing = (name: string) =>
  Object.values(views).some(({ parts }) => parts[name]?.isDrawing === true);

/** Whether two boxes share more than an edge. */
function isOver(a: Placed["box"], b: Placed["box"]): boolean {
  const shared = (at: 0 | 1) =>
    Math.min(a[at] + a[at + 2]!, b[at] + b[at + 2]!) - Math.max(a[at], b[at]);
  return shared(0) > 4 && shared(1) > 4;
}
