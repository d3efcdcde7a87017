import type { Seen, SeenToken } from "heed/explore";
import { isSameModel, type State } from "./state.ts";
import { tokenTyped } from "./tokens.ts";

/** The state after a change: pinned keys are two at most, none twice, and a head that is out of the run's reach stays what it was. */
export function reduce(state: State, change: Partial<State>, seen?: Seen): State {
  const next = { ...state, ...change };
  const keys = [...new Set(next.keys)].slice(0, 2);
  const within = (value: number, count: number | undefined) =>
    Number.isInteger(value) && value >= 0 && value < (count ?? Number.POSITIVE_INFINITY);
  // What another model has is not known yet.
  const isSameOne = isSameModel(next.model, state.model);
  const isSameText = isSameOne && next.text === state.text;
  // A layer may have fewer heads than the one before: its last one then.
  const most = seen?.headsOf?.[next.layer] ?? seen?.heads;
  const isOtherLayer = next.layer !== state.layer && most !== undefined;
  const asked = isOtherLayer && next.head >= most ? { ...next, head: most - 1 } : next;
  const hasHead = !isSameOne || (within(next.layer, seen?.layers) && within(asked.head, most));
  const { layer, head } = hasHead ? asked : state;
  const query = isSameText && !within(next.query, seen?.queries.length) ? state.query : next.query;
  return {
    ...next,
    layer,
    head,
    query,
    keys: isSameText ? keys.filter((key) => within(key, seen?.keys.length)) : keys,
    // Another panel begins at its own first step.
    step:
      change.panel !== undefined && change.step === undefined && change.panel !== state.panel
        ? undefined
        : next.step,
  };
}

/** What was on screen before a run: what is pinned there is looked for in the run. */
export interface Before {
  readonly seen: Seen;
  readonly text: string;
  /** What was written of it, where a model writes. */
  readonly written?: string;
  /** Whether the run is of another model: its heads are others, and its tokens too. */
  readonly isOtherModel?: boolean;
}

/** The state over another run: words that are still there stay pinned, and what is not there any more is what the run begins with. */
export function settled(state: State, before: Before | undefined, seen: Seen): State {
  const heads = seen.headsOf?.[state.layer] ?? seen.heads;
  const isHead = state.layer < seen.layers && state.head < heads && !before?.isOtherModel;
  const { layer, head } = isHead ? state : seen.start;
  if (state.pin) return { ...pinned(state, state.pin, seen), layer, head, pin: undefined };
  // Words that look are those of what is written, where that looks.
  const isOfWritten = state.attention !== undefined;
  const textOfQueries = isOfWritten ? (state.written ?? "") : state.text;
  const beforeQueries = before && isOfWritten ? { ...before, text: before.written ?? "" } : before;
  const query = found(
    state.query,
    beforeQueries,
    textOfQueries,
    before?.seen.queries,
    seen.queries,
  );
  if (query === undefined) return { ...begun(state, seen), layer, head };
  const [beforeKeys, textOfKeys] = seen.isSelf
    ? [beforeQueries, textOfQueries]
    : [before, state.text];
  const keys = state.keys.flatMap(
    (key) => found(key, beforeKeys, textOfKeys, before?.seen.keys, seen.keys) ?? [],
  );
  return { ...state, layer, head, query, keys: [...new Set(keys)] };
}

/** What a link names and a run does not have, as an address says it: "head=L9H1", "word=40". */
export function beyond({ layer, head, query, keys = [] }: Partial<State>, seen: Seen): string[] {
  const heads = layer === undefined ? 0 : (seen.headsOf?.[layer] ?? seen.heads);
  const hasHead = layer === undefined || (layer < seen.layers && head! < heads);
  const noKeys = keys.filter((key) => key >= seen.keys.length);
  return [
    ...(hasHead ? [] : [`head=L${layer}H${head}`]),
    ...(query === undefined || query < seen.queries.length ? [] : [`word=${query}`]),
    ...(noKeys.length > 0 ? [`keys=${noKeys.join(",")}`] : []),
  ];
}

/** The state with what is worth looking at first in a run. */
export function begun(state: State, { start: { layer, head, query, key } }: Seen): State {
  return { ...state, layer, head, query, keys: key === query ? [] : [key] };
}

/** Where a token of the run before is in another: tokens of the same text are found by their place in it. */
function found(
  token: number,
  before: Before | undefined,
  text: string,
  from: readonly SeenToken[] | undefined,
  to: readonly SeenToken[],
): number | undefined {
  if (!before || !from || sameTexts(from, to)) return token < to.length ? token : undefined;
  const place = from[token];
  if (before.text !== text || !place || place.isSpecial) return followed(token, from, to);
  const pieces = to.flatMap(({ start, end, isSpecial }, at) =>
    !isSpecial && start < place.end && end > place.start ? [at] : [],
  );
  // A blank before a word says nothing of it.
  return pieces.find((at) => !/^[\s▁]*$/.test(to[at]!.text)) ?? pieces[0];
}

/** The state with words pinned that were asked for by name; what the text does not have is what the run begins with. */
function pinned(state: State, { word, keys }: NonNullable<State["pin"]>, seen: Seen): State {
  const tokenOf = (name: string, tokens: readonly SeenToken[]) =>
    tokenTyped(name, state.text, tokens);
  const query = tokenOf(word, seen.queries) ?? seen.start.query;
  return { ...state, query, keys: keys.flatMap((key) => tokenOf(key, seen.keys) ?? []) };
}

function sameTexts(a: readonly SeenToken[], b: readonly SeenToken[]): boolean {
  return a.length === b.length && a.every(({ text }, index) => text === b[index]!.text);
}

/** Where a token of one text stands in another: at the same distance from what did not change, before it or behind it. */
function followed(
  token: number,
  from: readonly SeenToken[],
  to: readonly SeenToken[],
): number | undefined {
  let start = 0;
  while (start < Math.min(from.length, to.length) && from[start]!.text === to[start]!.text) start++;
  let end = 0;
  while (
    end < Math.min(from.length, to.length) - start &&
    from.at(-1 - end)!.text === to.at(-1 - end)!.text
  )
    end++;
  if (token < start) return token;
  if (token >= from.length - end) return token + to.length - from.length;
  // A word that took another's place stands where that stood.
  return from.length === to.length ? token : undefined;
}
