import { InputError } from "../errors/errors.ts";
import { expectKeys, type KeysOf } from "../errors/options.ts";
import { toBase64 } from "../export/base64.ts";
import { jupyterSymbol, type MimeBundle } from "../tensor/display.ts";

/** An element of a page's document; unknown where a project has no types of the DOM. */
export type PageElement = typeof globalThis extends {
  readonly document: { readonly activeElement: infer Found };
}
  ? NonNullable<Found>
  : unknown;

/** Where an element is made. */
export interface ElementOptions {
  /** The document it is for; the page's own if not given. */
  readonly document?: unknown;
}

const elementOptions: KeysOf<ElementOptions> = { document: true };

/** Where a page's frame is made, and how high it is. */
export interface PageNodeOptions extends ElementOptions {
  /** In pixels; 800 if not given. */
  readonly height?: number;
}

/** Where a PNG's element is made, and what it says. */
export interface PngNodeOptions extends ElementOptions {
  /** What a screen reader says. */
  readonly alt?: string;
}

/** An SVG as an element that is as wide as its place allows. Throws InputError where there is no document, or for what is no SVG. */
export function svgNode(svg: string, options: ElementOptions = {}): PageElement {
  expectKeys(options, elementOptions, "svgNode");
  const document = documentOf("svgNode", options);
  const parsed = new DOMParser().parseFromString(svg, "image/svg+xml");
  const { documentElement: root } = parsed;
  const isSvg = root.localName === "svg" && !parsed.querySelector("parsererror");
  if (!isSvg || parsed.querySelector("script, foreignObject"))
    throw new InputError(
      `svgNode: needs an SVG document without scripts, as headSvg and its kin give, got ${JSON.stringify(svg.slice(0, 40))}. For pages there is pageNode, for texts textNode`,
    );
  const node = document.importNode(root, true) as unknown as SVGElement;
  Object.assign(node.style, { maxWidth: "100%", height: "auto" });
  return node as unknown as PageElement;
}

/**
 * A page of heed/views (pageHtml, imagePage, filmHtml, explainHtml) as a frame, which is as wide as its place: its script runs in there, and
 * reaches nothing of the page around it. Throws InputError where there is no document.
 */
export function pageNode(html: string, options: PageNodeOptions = {}): PageElement {
  expectKeys(options, { ...elementOptions, height: true }, "pageNode");
  const { height = 800, ...rest } = options;
  const frame = documentOf("pageNode", rest).createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts allow-downloads");
  Object.assign(frame.style, { width: "100%", height: `${height}px`, border: "0" });
  frame.title = /<title>([^<]*)/.exec(html)?.[1] ?? "attention";
  frame.srcdoc = html;
  return frame as unknown as PageElement;
}

/** Terminal text as an element, in letters of one width. Throws InputError where there is no document. */
export function textNode(text: string, options: ElementOptions = {}): PageElement {
  expectKeys(options, elementOptions, "textNode");
  const node = documentOf("textNode", options).createElement("pre");
  Object.assign(node.style, { overflowX: "auto", lineHeight: "1.2" });
  node.textContent = text;
  return node as unknown as PageElement;
}

/** A PNG as an element. Throws InputError where there is no document. */
export function pngNode(png: Uint8Array, options: PngNodeOptions = {}): PageElement {
  expectKeys(options, { ...elementOptions, alt: true }, "pngNode");
  const { alt = "", ...rest } = options;
  const node = documentOf("pngNode", rest).createElement("img");
  Object.assign(node.style, { maxWidth: "100%", height: "auto" });
  node.alt = alt;
  node.src = `data:image/png;base64,${toBase64(png)}`;
  return node as unknown as PageElement;
}

/** What shows itself in notebooks: runs, traces, tensors, and pictures of them. */
export interface Displayed {
  /** What a notebook shows for it, by media types. */
  [jupyterSymbol](): MimeBundle;
}

/** A run, a trace, a tensor or a picture as an element: what a notebook shows. Throws InputError where there is no document. */
export function displayNode(value: Displayed, options: ElementOptions = {}): PageElement {
  expectKeys(options, elementOptions, "displayNode");
  const bundle = value[jupyterSymbol]();
  const { "image/svg+xml": svg, "text/html": html } = bundle;
  if (svg !== undefined) return svgNode(svg, options);
  if (html === undefined) return textNode(bundle["text/plain"] ?? "", options);
  const node = documentOf("displayNode", options).createElement("div");
  node.innerHTML = html;
  return node as unknown as PageElement;
}

function documentOf(place: string, { document: given }: ElementOptions): Document {
  const document = given ?? (globalThis as { document?: unknown }).document;
  if (document === undefined || document === null)
    throw new InputError(
      `${place}: there is no document here to make an element in. In a page and in Observable there is one; in Node and Deno write what svg(), text() or html() give, and notebooks show pictures by themselves`,
    );
  return document as Document;
}
