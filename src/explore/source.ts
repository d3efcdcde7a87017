import { InputError } from "../errors/errors.ts";
import { expectKeys } from "../errors/options.ts";
import { heatColor } from "../views/image-heat.ts";
import { heldSource } from "../views/page/source/held.ts";
import { tokensIn } from "../views/page/source/layer-grid.ts";
import { namedTokens } from "../views/page/source/names.ts";
import type { ImageSource, TextSource } from "../views/page/source/source.ts";
import { colorAt, hex, type Theme } from "../views/scale.ts";
import { oneLine, surface } from "../views/surface.ts";
import { modelLine } from "../views/text/focus.ts";
import type { Exploring, Seen, SeenToken } from "./questions.ts";

/** What a source says beside its numbers. */
export interface ExploredSourceOptions {
  /** What was read, one line a text; the words of the run if not given. */
  readonly texts?: readonly string[];
}

/** A picture that was seen: its file's name, where a page finds it, and its size in pixels. */
export interface ExploredPicture {
  readonly name: string;
  /** A data: or blob: address. */
  readonly address: string;
  readonly width: number;
  readonly height: number;
}

/** A run of a picture, as elements of pictures draw it, and those of texts too. Throws InputError for a run of a text. */
export function exploredImageSource(
  exploring: Exploring,
  seen: Seen,
  { name, address, width, height }: ExploredPicture,
): ImageSource & TextSource {
  if (!seen.picture)
    throw new InputError("exploredImageSource: this run is of a text. Take exploredSource");
  const patches = seen.queries.map(({ text, isSpecial }) => ({
    text: surface(text),
    name: isSpecial ? surface(text) : `patch ${surface(text)}`,
    ...(isSpecial && { isSpecial }),
  }));
  const colors = Array.from({ length: 256 }, (_, step) => heatColor(step / 255)).flat();
  return {
    ...sourceOf(exploring, seen, { texts: [name], queries: patches, keys: patches }),
    image: {
      ...{ address, width, height },
      ...seen.picture,
      colors: colors.map((part) => part.toString(16).padStart(2, "0")).join(""),
    },
  };
}

/** A run that was seen, as elements draw it: weights at once where `seen` carries them, else asked for as they are shown. */
export function exploredSource(
  exploring: Exploring,
  seen: Seen,
  options: ExploredSourceOptions = {},
): TextSource {
  expectKeys(options, { texts: true }, "exploredSource");
  const { texts = [textOf(seen.keys)] } = options;
  const queries = sourceTokens(seen.queries);
  const keys = seen.isSelf ? queries : sourceTokens(seen.keys);
  return sourceOf(exploring, seen, { texts, queries, keys });
}

function sourceOf(
  exploring: Exploring,
  seen: Seen,
  { texts, queries, keys }: Pick<TextSource, "texts" | "queries" | "keys">,
): TextSource {
  const { run, layers, heads, headsOf, picture, rest } = seen;
  const facts = {
    texts: texts.map(oneLine),
    model: modelLine(
      { name: exploring.said.label, layers, heads, headsOf, tokens: seen.queries.length },
      true,
    ),
    layers,
    heads,
    ...(headsOf && { headsOf }),
    ...(rest && { rest }),
    queries,
    keys,
    colors: { light: scale("light"), dark: scale("dark") },
  };
  if (seen.weights) return heldSource(facts, { layers: seen.weights });
  const S = keys.length;
  const rows = lately<number, Float32Array>((query) => exploring.rows(run, query));
  const weights = lately<string, Float32Array>((name) => {
    const [layer, head] = name.split(" ").map(Number);
    return exploring.weights(run, { layer: layer!, head: head! });
  });
  const rowIn = (all: Float32Array, layer: number, head: number) => {
    const start = (layer * heads + head) * S;
    return all.subarray(start, start + (picture ? tokensIn(picture, layer) : S));
  };
  return {
    ...facts,
    weights: ({ layer, head }) => weights(`${layer} ${head}`),
    row: ({ layer, head }, query) => {
      const all = rows(query);
      return all instanceof Promise
        ? all.then((there) => rowIn(there, layer, head))
        : rowIn(all, layer, head);
    },
    rows,
    thumbnails: (layer, size) => exploring.thumbnails(run, layer, size),
  };
}

/** Answers kept: those asked for last, at once when they are there. */
function lately<K, T>(ask: (key: K) => Promise<T>, most = 6): (key: K) => T | Promise<T> {
  const known = new Map<K, T | Promise<T>>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const coming = ask(key).then(
      (value) => {
        if (known.has(key)) known.set(key, value);
        return value;
      },
      (error) => {
        known.delete(key);
        throw error;
      },
    );
    known.set(key, coming);
    const [oldest] = known.keys();
    if (known.size > most) known.delete(oldest!);
    return coming;
  };
}

function sourceTokens(tokens: readonly SeenToken[]) {
  const words = tokens.some(({ word }) => word !== undefined) ? wordNames(tokens) : undefined;
  return namedTokens({
    texts: tokens.map(({ text }) => surface(text)),
    words,
    special: tokens.flatMap(({ isSpecial }, index) => (isSpecial ? [index] : [])),
  });
}

/** Each token's whole word, numbered where it stands several times; special tokens by their text. */
function wordNames(tokens: readonly SeenToken[]): string[] {
  const texts = new Map<number, string>();
  for (const { word, text } of tokens)
    if (word !== undefined) texts.set(word, (texts.get(word) ?? "") + text.replace(/^##/, ""));
  const fold = (text: string) => text.normalize("NFKC").toLowerCase();
  const folded = [...texts.values()].map(fold);
  const counts = new Map<string, number>();
  const names = new Map(
    [...texts].map(([word, text]) => {
      const count = (counts.get(fold(text)) ?? 0) + 1;
      counts.set(fold(text), count);
      const isOnce = folded.filter((one) => one === fold(text)).length === 1;
      return [word, isOnce ? text : `${text}#${count}`] as const;
    }),
  );
  const specials = tokens.filter(({ word }) => word === undefined).map(({ text }) => text);
  const before = new Map<string, number>();
  return tokens.map(({ word, text }) => {
    if (word !== undefined) return surface(names.get(word)!);
    const count = (before.get(text) ?? 0) + 1;
    before.set(text, count);
    const isOnce = specials.filter((one) => one === text).length === 1;
    return surface(isOnce ? text : `${text}#${count}`);
  });
}

function textOf(tokens: readonly SeenToken[]): string {
  return tokens
    .filter(({ isSpecial }) => !isSpecial)
    .map(({ text, word }, index, all) =>
      index > 0 && all[index - 1]!.word === word && word !== undefined
        ? text.replace(/^##/, "")
        : ` ${text}`,
    )
    .join("")
    .trim();
}

function scale(theme: Theme): string {
  return Array.from({ length: 256 }, (_, step) => hex(colorAt(step / 255, theme)).slice(1)).join(
    "",
  );
}
