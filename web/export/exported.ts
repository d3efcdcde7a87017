import type { ImageInput } from "heed";
import { type ExperimentFile, interventionSaid } from "heed/analysis";
import type { ImageSource, SourceToken, TextSource } from "heed/elements";
import { type Exploring, gridIn, patchText, placeIn, type Seen } from "heed/explore";
import type { SentenceSvgOptions } from "heed/views";
import type { AppContext } from "../app/context.ts";
import { ownTokens } from "../app/own-tokens.ts";
import { experimentOf } from "../panels/change/written.ts";
import { attentionOf, inputTitle, type State } from "../state/state.ts";
import type { Words } from "../words/words.ts";

/** What is exported: the head on screen, of a run, with what made it. */
export interface Exported {
  readonly model: Exploring;
  readonly seen: Seen;
  readonly source: TextSource;
  /** Of a picture: the picture and its pixels. */
  readonly picture?: { readonly image: ImageSource; readonly pixels: ImageInput };
  readonly state: State;
  /** What is said beside its numbers. */
  readonly words: Pick<Words, "exports" | "picture">;
  /** Weights of the head, row-major, of `queries` and `keys`; NaN where a query cannot look. */
  readonly weights: Float32Array;
  /** All that look; of a layer with patches of its own the one on screen. */
  readonly queries: readonly { readonly token: number; readonly text: string }[];
  readonly keys: readonly string[];
}

/** What a picture shows: the sentence as the pinned word looks at it, or the head whole. */
export type Shown = "sentence" | "head";

/** What is on screen, with the weights of its head; undefined until a model has run. Throws what the model throws. */
export async function exportedOf(app: AppContext): Promise<Exported | undefined> {
  const { model, seen, source, state, words, image, pixels } = app;
  if (!model || !seen || !source) return undefined;
  const { layer, head, query } = state;
  const picture = image && pixels && { image, pixels };
  const tokens = ownTokens(seen, layer);
  const own = tokens.own(query);
  // Of a layer with patches of its own the row on screen: all of them are too many.
  const weights = await (tokens.isMerged
    ? source.row({ layer, head }, query)
    : source.weights({ layer, head }));
  const keys = Array.from({ length: tokens.count }, (_, key) => tokens.text(key));
  const queries = tokens.isMerged
    ? [{ token: own, text: tokens.text(own) }]
    : seen.queries.map(({ text }, token) => ({ token, text }));
  return { model, seen, source, picture, state, words, weights, queries, keys };
}

const headName = ({ layer, head }: State) => `L${layer}H${head}`;

/** The lines below a picture: the text, which model and head, what was changed, and heed's version. */
export function captionOf({ state, model, source, words }: Exported): string[] {
  const { label, version, readsImages, readsSound } = model.said;
  const nounOf = ({ stack = "encoder" }: { stack?: string }) =>
    readsImages ? "patch" : readsSound && stack === "encoder" ? "moment" : "word";
  const word = lookingIn({ source, state, words });
  const nameIn = (tokens: readonly SourceToken[]) => (token: number) =>
    tokens[token] ? `“${tokens[token].name}”` : `${token}`;
  const names = { query: nameIn(source.queries), key: nameIn(source.keys) };
  const isShown = ({ stack = "encoder" }: { stack?: string }) =>
    stack === attentionOf(state, model.said);
  return [
    inputTitle(state),
    `${label} · ${headName(state)} · “${word}” · heed ${version}`,
    ...state.changes.map((change) =>
      words.exports.changed(
        interventionSaid(change, nounOf(change), isShown(change) ? names : undefined),
      ),
    ),
  ];
}

/** What the query is called: a patch as its layer's grid counts. */
function lookingIn({ source, state, words }: Pick<Exported, "source" | "state" | "words">): string {
  const { image } = source as Partial<ImageSource>;
  const own = image?.ofLayers && placeIn(image, state.layer, state.query);
  return own === undefined
    ? (source.queries[state.query]?.name ?? "")
    : words.picture.patch(patchText(image!, state.layer, own));
}

/** The picture as SVG, self-contained, with its caption and numbers inside; of a `width` without both, for a slide. */
export async function svgOf(
  exported: Exported,
  shown: Shown,
  theme: "light" | "dark" | "auto",
  slide?: SentenceSvgOptions,
): Promise<string> {
  const { headSvg, imageGridSvg, imageSvg, sentenceSvg } = await import("heed/views");
  const { state, source, weights, picture } = exported;
  const { layer, head, query } = state;
  const S = source.keys.length;
  const options = {
    theme,
    ...(slide ?? { caption: captionOf(exported), data: jsonValue(exported) }),
  };
  if (picture) {
    const { image } = picture.image;
    const { leading } = image;
    const title = `${state.picture}: ${lookingIn(exported)}, ${headName(state)}`;
    if (shown === "head") {
      const drawn = imageOf(picture);
      const at = patchAt(image, 0, query);
      const rows = await source.rows(query);
      return imageGridSvg(
        {
          ...drawn,
          ...{ title, layers: source.layers, heads: source.heads, query: at },
          isThere: ({ layer, head }) => head < (source.headsOf?.[layer] ?? source.heads),
          weightsOf: ({ layer, head }) => {
            const start = (layer * source.heads + head) * S;
            return onFirstGrid(image, layer, rows.subarray(start, start + S));
          },
          focus: { layer, head },
        },
        options,
      );
    }
    const row = image.ofLayers ? weights : weights.subarray(query * S, (query + 1) * S);
    const at = patchAt(image, layer, query);
    return imageSvg(
      {
        ...imageOf(picture),
        ...gridIn(image, layer),
        ...{ title, query: at, weights: row.subarray(leading) },
        others: source.keys.slice(0, leading).map(({ text }, key) => ({ text, weight: row[key]! })),
      },
      options,
    );
  }
  if (shown === "head")
    return headSvg(
      {
        ...{ layer, head, weights },
        queries: source.queries.map(wordOf),
        keys: source.keys.map(wordOf),
        focus: query,
      },
      options,
    );
  return sentenceSvg(
    {
      ...{ layer, head },
      tokens: source.keys.map(wordOf),
      weights: weights.subarray(query * S, (query + 1) * S),
      focus: exported.seen.isSelf ? [query] : [],
      word: source.queries[query]?.name ?? "",
    },
    options,
  );
}

/** One HTML file with every head of the run. */
export async function pageOf({ model, seen, source, picture, state }: Exported): Promise<string> {
  const { imagePage, pageHtml } = await import("heed/views");
  const { layers, heads } = seen;
  const { label } = model.said;
  const weights: Float32Array[][] = [];
  for (let layer = 0; layer < layers; layer++) {
    const all: Float32Array[] = [];
    for (let head = 0; head < heads; head++) all.push(await source.weights({ layer, head }));
    weights.push(all);
  }
  const queries = source.queries.map(wordOf);
  if (picture)
    return imagePage(
      {
        ...imageOf(picture),
        name: state.picture ?? "",
        model: { name: label, layers, heads, tokens: queries.length },
        leading: queries.slice(0, picture.image.image.leading).map(({ text }) => text),
        weights: weights.map(joined),
        start: { token: state.query, layer: state.layer, head: state.head },
      },
      { theme: state.theme ?? "auto" },
    );
  return pageHtml(
    {
      texts: [state.text],
      model: { name: label, layers, heads, tokens: queries.length },
      queries,
      ...(seen.isSelf
        ? { words: source.queries.map(({ whole, name }) => whole ?? name) }
        : { keys: source.keys.map(wordOf) }),
      weights: weights.map((all) => (head: number) => all[head]!),
      start: { query: state.query, layer: state.layer, head: state.head },
    },
    { theme: state.theme ?? "auto" },
  );
}

/** A picture and its patches, as drawings take them. */
function imageOf({ image: { image }, pixels }: NonNullable<Exported["picture"]>) {
  const { rows, columns, covered } = image;
  return { image: pixels, rows, columns, covered };
}

/** The row and column of a token that is a patch. */
function patchAt(image: ImageSource["image"], layer: number, token: number) {
  const { columns } = gridIn(image, layer);
  const patch = placeIn(image, layer, token) - image.leading;
  return patch < 0 ? undefined : { row: Math.floor(patch / columns), column: patch % columns };
}

/** A layer's weights on the first grid: each patch has what the one it is part of gets. */
function onFirstGrid(image: ImageSource["image"], layer: number, row: Float32Array): Float32Array {
  return Float32Array.from(
    { length: image.rows * image.columns },
    (_, patch) => row[placeIn(image, layer, image.leading + patch)]!,
  );
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The head as JSON: rows are queries; null where one cannot look. */
export function jsonOf(exported: Exported): string {
  return `${JSON.stringify(jsonValue(exported), undefined, 2)}\n`;
}

function jsonValue({ model, state, weights, queries, keys }: Exported) {
  const S = keys.length;
  const { label, version } = model.said;
  return {
    heed: version,
    model: label,
    ...(state.sound !== undefined
      ? { sound: state.sound }
      : state.picture === undefined
        ? { text: state.text }
        : { picture: state.picture }),
    changes: state.changes,
    ...{ layer: state.layer, head: state.head, query: state.query },
    queries: queries.map(({ text }) => text),
    keys,
    weights: queries.map((_, query) =>
      Array.from(weights.subarray(query * S, (query + 1) * S), (weight) =>
        Number.isNaN(weight) ? null : weight,
      ),
    ),
  };
}

/** The head as CSV, a line for each query and key that it can look at. */
export function csvOf({ state, weights, queries, keys }: Exported): string {
  const S = keys.length;
  const lines = ["layer,head,query_token,query,key_token,key,weight"];
  for (const [index, weight] of weights.entries()) {
    if (Number.isNaN(weight)) continue;
    const [query, key] = [queries[Math.floor(index / S)]!, index % S];
    const cells = [
      ...[state.layer, state.head, query.token, query.text],
      ...[key, keys[key]!, weight],
    ];
    lines.push(cells.map(cell).join(","));
  }
  return `${lines.join("\n")}\n`;
}

/** A cell as programs read it; what a spreadsheet would take for a formula has a quote before it. */
function cell(value: string | number): string {
  const plain = String(value);
  const isFormula = /^[=+\-@\t]/.test(plain) && Number.isNaN(Number(plain));
  const text = isFormula ? `'${plain}` : plain;
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The changes as the file of an experiment, which `heed run` carries out; undefined where nothing is changed. */
export function experimentFileOf({ model, state, source }: Exported): ExperimentFile | undefined {
  if (state.changes.length === 0) return undefined;
  const { model: choice, text, picture, sound, query, changes } = state;
  const isWriter = model.said.decoderLayers !== undefined;
  return experimentOf({
    ...{ model: choice, text, picture, sound, query, changes },
    ...(isWriter && state.written && { written: state.written }),
    names: source.queries.map(({ name }) => name),
  });
}

/** A file's name that says what is in it, in letters that every system takes. */
export function fileNameOf({ state, source, words }: Exported, ending: string): string {
  const word = lookingIn({ source, state, words }).replace(/[^\p{L}\p{N}]+/gu, "-");
  const name = ["heed", headName(state), word.replace(/^-|-$/g, "")].filter(Boolean).join("-");
  return `${name.slice(0, 80)}.${ending}`;
}

function wordOf({ text, isSpecial }: SourceToken) {
  return { text, ...(isSpecial && { special: true }) };
}
