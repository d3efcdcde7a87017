import type { Intervention, OtherInput } from "heed/analysis";
import type { Attention } from "../../state/state.ts";

/** What of a model is changed. */
export const tools = ["link", "head", "layer", "word", "swap"] as const;
export type Tool = (typeof tools)[number];

/** What a reader has chosen on the left side, passing as a hand on a dial. */
export interface Choices {
  readonly tool: Tool;
  readonly shares: boolean;
  readonly how: "before" | "after" | "renormalized";
  readonly where: "head" | "layer" | "everywhere";
  readonly by: "zero" | "mean" | "resample";
  readonly whom: "all" | "query";
  readonly part: "attention" | "mlp" | "both";
  readonly word: number | undefined;
  readonly mask: "vector" | "looks";
  readonly site: "k" | "v" | "q" | "mixed";
  readonly at: number | undefined;
  /** The word numbers are taken from; "other" for the same place in another sentence. */
  readonly from: number | "other" | undefined;
  readonly other: string;
}

export const firstChoices: Choices = {
  tool: "link",
  shares: true,
  how: "before",
  where: "head",
  by: "zero",
  whom: "all",
  part: "attention",
  word: undefined,
  mask: "vector",
  site: "k",
  at: undefined,
  from: undefined,
  other: "",
};

/** Where on screen a change is made. */
export interface Place {
  readonly input: OtherInput;
  readonly layer: number;
  readonly head: number;
  readonly query: number;
  /** The token that is looked at, where one is named of those: the one that looks, where a text looks at itself. */
  readonly key?: number;
  /** Whose attention, where a model has several. */
  readonly stack?: Attention;
  /** How many tokens there are. */
  readonly tokens: number;
}

const nameOf = ({ layer, head }: Place) => `L${layer}H${head}`;
/** Whose attention is changed, where that has to be said. */
const stackOf = ({ stack }: Place) => (stack === undefined || stack === "encoder" ? {} : { stack });

/** A link of the head on screen cut, or of all heads of its layer, or of all layers. */
export function cutOf({ how, where }: Choices, place: Place, key: number): Intervention {
  return {
    kind: "cut",
    query: place.query,
    key,
    ...stackOf(place),
    ...(where === "head" && { heads: [nameOf(place)] }),
    ...(where === "layer" && { layers: [place.layer] }),
    ...(how !== "before" && { how }),
  };
}

/** A link of the head on screen with another weight. */
export function weightOf(
  { shares }: Choices,
  place: Place,
  key: number,
  value: number,
): Intervention {
  return {
    kind: "setWeight",
    head: nameOf(place),
    query: place.query,
    key,
    value,
    ...stackOf(place),
    ...(!shares && { renormalize: false }),
  };
}

/** What the chosen tool does at a place; undefined where a choice is missing. */
export function changeOf(choices: Choices, place: Place): Intervention | undefined {
  const { tool, whom, part } = choices;
  const by = fillOf(choices);
  const query = whom === "query" ? { query: place.query } : {};
  switch (tool) {
    case "head":
      return by && { kind: "ablateHeads", heads: [nameOf(place)], by, ...query, ...stackOf(place) };
    case "layer":
      return (
        by && { kind: "ablateLayers", layers: [place.layer], part, by, ...query, ...stackOf(place) }
      );
    case "word": {
      const word =
        choices.word ?? (choices.mask === "looks" ? (place.key ?? place.query) : place.query);
      if (choices.mask === "looks")
        return {
          kind: "cut",
          query: { start: 0, end: place.tokens },
          key: word,
          ...stackOf(place),
        };
      return by && { kind: "ablatePositions", query: word, by };
    }
    case "swap":
      return swapOf(choices, place);
    case "link":
      return undefined;
  }
}

function fillOf({ by, other }: Choices) {
  if (by === "zero") return by;
  if (by === "mean") return { mean: "text" } as const;
  return other.trim() === "" ? undefined : { resample: [other] };
}

function swapOf({ site, at, from, other }: Choices, place: Place): Intervention | undefined {
  const query = at ?? (/^[kv]$/.test(site) ? (place.key ?? place.query) : place.query);
  const swap = {
    kind: "transplant",
    site,
    layers: [place.layer],
    heads: [place.head],
    query,
    ...stackOf(place),
  } as const;
  if (from === "other") return other.trim() === "" ? undefined : { ...swap, from: other };
  if (from === undefined || from === query) return undefined;
  return { ...swap, from: place.input, fromQuery: from };
}

/** The changes with another one: a weight that is set takes the place of one that was set or cut in the same link. */
export function withChange(
  changes: readonly Intervention[],
  change: Intervention,
): readonly Intervention[] {
  const link = linkOf(change);
  const others = link === undefined ? changes : changes.filter((one) => linkOf(one) !== link);
  return [...others, change];
}

/** The one link that a change is about; undefined of others. */
function linkOf(one: Intervention): string | undefined {
  if (one.kind === "setWeight") return JSON.stringify([one.stack, one.head, one.query, one.key]);
  if (one.kind !== "cut" || one.heads?.length !== 1) return undefined;
  return JSON.stringify([one.stack, one.heads[0], one.query, one.key]);
}

/** The keys of a word's links that are changed: they stay listed, however little is left of them. */
export function keysChanged(
  changes: readonly Intervention[],
  { query }: Pick<Place, "query">,
): readonly number[] {
  return changes.flatMap((one) =>
    (one.kind === "cut" || one.kind === "setWeight") &&
    one.query === query &&
    typeof one.key === "number"
      ? [one.key]
      : [],
  );
}

/** The layer a change is made in, where it is one. */
export function layerOf(one: Intervention | undefined): number | undefined {
  if (!one) return undefined;
  if ("head" in one && typeof one.head === "string") return Number(/^L(\d+)/.exec(one.head)?.[1]);
  if ("heads" in one && typeof one.heads?.[0] === "string")
    return Number(/^L(\d+)/.exec(one.heads[0])?.[1]);
  return "layers" in one ? one.layers?.[0] : undefined;
}

/** The tokens a change is made at: where its first consequence is seen. */
export function changedAt(one: Intervention | undefined): number | undefined {
  if (!one || !("query" in one) || typeof one.query !== "number") return undefined;
  // A key or a value is seen at the words that look at it.
  if (one.kind === "transplant" && /^[kv]$/.test(one.site)) return undefined;
  return one.query;
}
