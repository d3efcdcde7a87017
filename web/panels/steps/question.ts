import type { Seen } from "heed/explore";
import { ownTokens } from "../../app/own-tokens.ts";
import type { State } from "../../state/state.ts";

/** What Steps asks of a run: one word, one head, the pinned keys. */
export interface StepsQuestion {
  readonly run: number;
  readonly head: { readonly layer: number; readonly head: number };
  readonly word: number;
  readonly to?: number;
  readonly against?: number;
}

/** The question of a state; undefined while the run on screen has not the words or heads it names. */
export function stepsQuestion(state: State, seen: Seen): StepsQuestion | undefined {
  const { layer, head, query } = state;
  if (query >= seen.queries.length || layer >= seen.layers || head >= seen.heads) return undefined;
  const { own } = ownTokens(seen, layer);
  const known = state.keys.filter((key) => key < seen.keys.length).map(own);
  // Two patches may have become one.
  const [to, against] = [...new Set(known)];
  return {
    run: seen.run,
    head: { layer, head },
    word: own(query),
    ...(to === undefined ? {} : { to }),
    ...(against === undefined ? {} : { against }),
  };
}

/** Whether two questions ask the same of the same run. */
export function sameQuestion(a: StepsQuestion, b: StepsQuestion): boolean {
  return (
    a.run === b.run &&
    a.word === b.word &&
    a.to === b.to &&
    a.against === b.against &&
    a.head.layer === b.head.layer &&
    a.head.head === b.head.head
  );
}
