import type { AppContext } from "./context.ts";
import { directionOf } from "./numbers.ts";

/** A word of the line, or its weight. */
interface Place {
  readonly row: "word" | "weight";
  readonly token: number;
}

/**
 * The line of words for a keyboard. A long text is no long way for the Tab key: one word and one weight are on it, at first the word that looks and
 * the pinned one, and arrow keys go on from there.
 */
export class WordWalk {
  #last: Place | undefined;
  readonly #changed: () => void;

  /** `changed` is called when another word is on the way of the Tab key. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** 0 for the word or weight that the Tab key comes to, -1 for all others. */
  tabIndex(row: Place["row"], token: number, { state, seen }: AppContext): number {
    const own = row === "word" ? (seen!.isSelf ? state.query : 0) : (state.keys[0] ?? 0);
    const last = this.#last?.row === row ? this.#last.token : own;
    return Math.min(last, seen!.keys.length - 1) === token ? 0 : -1;
  }

  focused({ target }: FocusEvent): void {
    const place = placeOf(target);
    if (!place || (place.row === this.#last?.row && place.token === this.#last.token)) return;
    this.#last = place;
    this.#changed();
  }

  /** Arrow keys go to the words beside, and from a word to its weight and back. */
  walked(event: KeyboardEvent, { state, seen }: AppContext, root: ParentNode): void {
    const place = placeOf(event.target);
    if (!place || !seen || state.presents) return;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const last = seen.keys.length - 1;
    const forth = directionOf(state.text) === "rtl" ? -1 : 1;
    const tokens: Readonly<Record<string, number>> = {
      ArrowRight: place.token + forth,
      ArrowLeft: place.token - forth,
      ...{ Home: 0, End: last, ArrowDown: place.token, ArrowUp: place.token },
    };
    const token = tokens[event.key];
    if (token === undefined) return;
    event.preventDefault();
    const rows: Readonly<Record<string, Place["row"]>> = { ArrowDown: "weight", ArrowUp: "word" };
    const row = rows[event.key] ?? place.row;
    const near = Math.min(last, Math.max(0, token));
    root.querySelector<HTMLElement>(`[data-token="${near}"] .${row}`)?.focus();
  }
}

function placeOf(target: EventTarget | null): Place | undefined {
  const button = target instanceof Element ? target.closest("button.word, button.weight") : null;
  const token = button?.closest<HTMLElement>("[data-token]")?.dataset.token;
  if (!button || token === undefined) return undefined;
  return { row: button.matches(".word") ? "word" : "weight", token: Number(token) };
}
