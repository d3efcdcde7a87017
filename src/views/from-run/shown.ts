import { expectKeys } from "../../errors/options.ts";
import { inspectSymbol, jupyterSymbol, type MimeBundle } from "../../tensor/display.ts";
import { escapeMarkup } from "../escape.ts";
import {
  type ElementOptions,
  type PageElement,
  type PageNodeOptions,
  pageNode,
  svgNode,
} from "../nodes.ts";
import { type SvgOptions, svgOptions } from "../svg/frame.ts";
import { type Terminal, terminalKeys } from "../text/terminal.ts";

/** A picture that draws itself: by its methods, and where Node or a notebook shows a value. */
export interface ShownPicture {
  /** As SVG. */
  svg(options?: SvgOptions): string;
  /** As terminal text: 80 columns without colours by default. */
  text(terminal?: Partial<Terminal>): string;
  /** As an element of the page: `svgNode` of its SVG. Throws InputError where there is no document. */
  node(options?: SvgOptions & ElementOptions): PageElement;
}

/** A page that writes itself. */
export interface ShownPage {
  /** As one HTML file. */
  html(): string;
  /** In a frame: `pageNode` of its file. Throws InputError where there is no document. */
  node(options?: PageNodeOptions): PageElement;
}

const plain: Terminal = { width: 80, color: 0, unicode: true };

/** Gives a picture's numbers the methods that draw them; they are not among its keys. */
export function shown<Picture extends object>(
  picture: Picture,
  svgOf: (picture: Picture, options?: SvgOptions) => string,
  textOf: (picture: Picture, terminal: Terminal) => string,
): Picture & ShownPicture {
  const text = (terminal: Partial<Terminal> = {}) => {
    expectKeys(terminal, terminalKeys, "text");
    return textOf(picture, { ...plain, ...terminal });
  };
  const svg = (options?: SvgOptions) => svgOf(picture, options);
  return withMethods(picture, {
    svg,
    text,
    node(options: SvgOptions & ElementOptions = {}) {
      expectKeys(options, { ...svgOptions, document: true }, "node");
      const { document, ...rest } = options;
      return svgNode(svg(rest), { document });
    },
    [inspectSymbol]: (_: number, options: InspectOptions = {}) =>
      text({ width: widthOf(options), color: options.colors ? 8 : 0 }),
    [jupyterSymbol]: (): MimeBundle => ({
      "text/plain": text(),
      "image/svg+xml": svg(),
    }),
  });
}

/** Gives a page the method that writes it, and what a notebook shows: the page in a frame, so that its script runs. */
export function shownPage<Picture extends object>(
  picture: Picture,
  htmlOf: (picture: Picture) => string,
): Picture & ShownPage {
  const html = () => htmlOf(picture);
  return withMethods(picture, {
    html,
    node: (options?: PageNodeOptions) => pageNode(html(), options),
    [jupyterSymbol]: (): MimeBundle => ({
      "text/html": `<iframe srcdoc="${escapeMarkup(html())}" width="100%" height="800" style="border: 0"></iframe>`,
    }),
  });
}

interface InspectOptions {
  readonly colors?: boolean;
  readonly breakLength?: number;
}

function widthOf({ breakLength = plain.width }: InspectOptions): number {
  return Number.isFinite(breakLength) ? Math.max(40, breakLength) : plain.width;
}

function withMethods<Picture extends object, Methods extends object>(
  picture: Picture,
  methods: Methods,
): Picture & Methods {
  for (const name of Reflect.ownKeys(methods))
    Object.defineProperty(picture, name, { value: methods[name as keyof Methods] });
  return picture as Picture & Methods;
}
