/** Shapes, texts and pictures of an SVG of heed/views, as a PDF document takes them. */
type Document = PDFKit.PDFDocument;

/** An element with its attributes, and what stands in it. */
interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

/** A text that the standard fonts cannot write: as a picture of it, and where in that picture it begins. */
export interface DrawnText {
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** From the picture's left and top to the text's beginning on its baseline. */
  readonly x: number;
  readonly y: number;
}

/** Draws a text in the system's fonts: `anchored` says whether it begins, is centred or ends where it stands. */
export type DrawText = (
  text: string,
  look: { size: number; weight: string; fill: string; anchor: string },
) => Promise<DrawnText>;

const unseen = new Set(["title", "metadata", "style", "defs"]);
/** What the 14 standard fonts write beside Latin-1 (Windows-1252). */
const written = /^[\u0020-\u007e\u00a0-\u00ff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]*$/;
/** Signs that look alike in those. */
const alike: Readonly<Record<string, string>> = { "−": "–", "‖": "||", "∘": "°", "‑": "-" };

/**
 * Draws an SVG of heed/views onto a page of its size: shapes and texts as such, in Helvetica, what Helvetica does not have by `drawText`.
 * Throws RangeError for an element that heed/views do not draw with.
 */
export async function drawSvg(document: Document, svg: string, drawText: DrawText): Promise<void> {
  const root = parsed(svg);
  const named = new Map<string, Element>();
  for (const one of everyOf(root)) if (one.attributes.id) named.set(one.attributes.id, one);
  await drawEach(document, root.children, { named, drawText });
}

interface Drawing {
  readonly named: ReadonlyMap<string, Element>;
  readonly drawText: DrawText;
}

async function drawEach(
  document: Document,
  elements: readonly Element[],
  drawing: Drawing,
): Promise<void> {
  for (const element of elements) {
    if (unseen.has(element.name) || element.attributes.display === "none") continue;
    document.save();
    moved(document, element.attributes.transform);
    await drawOne(document, element, drawing);
    document.restore();
  }
}

async function drawOne(document: Document, element: Element, drawing: Drawing): Promise<void> {
  const { name, attributes, children } = element;
  const at = (key: string): number => Number(attributes[key] ?? 0);
  switch (name) {
    case "svg":
    case "g":
      return drawEach(document, children, drawing);
    case "rect": {
      const [x, y, width, height] = [at("x"), at("y"), at("width"), at("height")];
      if (at("rx") > 0) document.roundedRect(x, y, width, height, at("rx"));
      else document.rect(x, y, width, height);
      return painted(document, attributes);
    }
    case "circle":
      document.circle(at("cx"), at("cy"), at("r"));
      return painted(document, attributes);
    case "path":
      document.path(attributes.d ?? "");
      return painted(document, attributes);
    case "text":
      return writeText(document, element, drawing);
    case "image": {
      const [, data] = /^data:image\/(?:png|jpeg);base64,(.*)$/s.exec(attributes.href ?? "") ?? [];
      if (data === undefined) throw new RangeError("an image that is not inside the SVG");
      const size = { width: at("width"), height: at("height") };
      document.image(Buffer.from(data, "base64"), at("x"), at("y"), size);
      return;
    }
    case "use": {
      const used = drawing.named.get((attributes.href ?? "").slice(1));
      if (!used) throw new RangeError(`<use> of ${attributes.href}`);
      document.translate(at("x"), at("y"));
      return drawEach(document, [used], drawing);
    }
    default:
      throw new RangeError(`<${name}>`);
  }
}

/** Fills and strokes what was just outlined. */
function painted(document: Document, attributes: Element["attributes"]): void {
  const { fill = "#000000", stroke = "none" } = attributes;
  const isFilled = fill !== "none" && fill !== "transparent";
  const isStroked = stroke !== "none";
  if (isStroked) {
    document.lineWidth(Number(attributes["stroke-width"] ?? 1));
    const dashes = attributes["stroke-dasharray"]?.split(/[ ,]+/).map(Number);
    if (dashes) document.dash(dashes[0]!, { space: dashes[1] ?? dashes[0]! });
  }
  if (isFilled && isStroked) document.fillAndStroke(fill, stroke);
  else if (isFilled) document.fill(fill);
  else if (isStroked) document.stroke(stroke);
  // An outline that nobody sees.
  else document.path("M0 0").stroke("#ffffff");
}

async function writeText(
  document: Document,
  { attributes, text }: Element,
  { drawText }: Drawing,
): Promise<void> {
  const [x, y] = [Number(attributes.x ?? 0), Number(attributes.y ?? 0)];
  const size = Number(attributes["font-size"] ?? 16);
  const anchor = attributes["text-anchor"] ?? "start";
  const weight = attributes["font-weight"] ?? "400";
  const fill = attributes.fill ?? "#000000";
  const plain = text.replace(/[−‖∘‑]/g, (sign) => alike[sign]!);
  if (!written.test(plain)) {
    const { png, ...drawn } = await drawText(text, { size, weight, fill, anchor });
    const { width, height } = drawn;
    document.image(Buffer.from(png), x - drawn.x, y - drawn.y, { width, height });
    return;
  }
  document.font(Number(weight) >= 600 ? "Helvetica-Bold" : "Helvetica").fontSize(size);
  const length = document.widthOfString(plain);
  const left = anchor === "end" ? x - length : anchor === "middle" ? x - length / 2 : x;
  document.fillColor(fill).text(plain, left, y, { lineBreak: false, baseline: "alphabetic" });
}

/** Moves and turns what is drawn from here, as `transform` says. */
function moved(document: Document, transform: string | undefined): void {
  for (const [, kind, numbers] of transform?.matchAll(/(\w+)\(([^)]*)\)/g) ?? []) {
    const [a = 0, b = 0, c = 0] = numbers!.split(/[ ,]+/).map(Number);
    if (kind === "translate") document.translate(a, b);
    else if (kind === "rotate") document.rotate(a, { origin: [b, c] });
    else throw new RangeError(`transform ${kind}`);
  }
}

function* everyOf(element: Element): Iterable<Element> {
  yield element;
  for (const child of element.children) yield* everyOf(child);
}

/** The elements of a document that heed/views wrote: every attribute quoted, every element closed, no comments. */
function parsed(svg: string): Element {
  const root: Element = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  for (const [, closed, name, own, isEmpty, text] of svg.matchAll(
    /<(\/?)([\w-]+)((?:\s+[\w:-]+="[^"]*")*)\s*(\/?)>|([^<]+)/g,
  )) {
    const last = open.at(-1)!;
    if (text !== undefined) last.text += unescaped(text);
    else if (closed) open.pop();
    else {
      const attributes = Object.fromEntries(
        [...own!.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [
          key!,
          unescaped(value!),
        ]),
      );
      const element: Element = { name: name!, attributes, children: [], text: "" };
      last.children.push(element);
      if (!isEmpty) open.push(element);
    }
  }
  return root;
}

const signs: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', amp: "&" };

/** Text as it was before it was escaped for markup. */
export function unescaped(text: string): string {
  return text.replace(/&(?:#(\d+)|(\w+));/g, (whole, code?: string, name?: string) =>
    code ? String.fromCodePoint(Number(code)) : (signs[name!] ?? whole),
  );
}
