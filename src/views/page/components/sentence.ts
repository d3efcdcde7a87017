import { formatWeight } from "../../numbers.ts";
import { element } from "./element.ts";
import type { Model } from "./model.ts";
import type { Palette } from "./palette.ts";
import type { State, View } from "./state.ts";

/** A part of the page that can be drawn again. */
export interface Part {
  readonly root: HTMLElement;
  draw(view: View, palette: Palette): void;
}

/** The words as buttons: choose one that looks; all are coloured by how much it looks at them. */
export function createSentence({ data, weight, queryNames, keyNames }: Model, state: State): Part {
  const queries = data.isSelf
    ? undefined
    : wordRow(data.queries, data.specialQueries, "Words that look");
  const keys = wordRow(
    data.keys,
    data.specialKeys,
    data.isSelf ? "Words: choose the one that looks" : "Words that are looked at",
  );
  const choosers = queries ?? keys;
  choose(choosers, (query) => state.set({ query }));
  if (queries) choose(keys, (key) => state.set({ key }));
  const rows = [
    ...(queries ? [element("p", { class: "hint", text: "looks" }), queries.root] : []),
    ...(queries ? [element("p", { class: "hint", text: "is looked at" })] : []),
    keys.root,
  ];
  const root = element("section", { class: "sentence", "aria-label": "Sentence" }, rows);
  return {
    root,
    draw({ query, key, layer, head }, palette) {
      for (const [index, button] of keys.buttons.entries()) {
        const value = weight(layer, head, query, index);
        const { ground, ink } = palette.colorsOf(value);
        button.word.style.backgroundColor = Number.isNaN(value) ? "transparent" : ground;
        button.word.style.color = Number.isNaN(value) ? palette.quiet : ink;
        button.value.textContent = formatWeight(value);
        button.value.classList.toggle("large", value >= 0.05);
        button.root.classList.toggle("key", index === key);
        const amount = Number.isNaN(value)
          ? "cannot be looked at"
          : `looked at ${value.toFixed(2)}`;
        button.root.setAttribute("aria-label", `${data.keys[index]}, ${amount}`);
        button.root.title = `${queryNames[query]} → ${keyNames[index]}: ${Number.isNaN(value) ? "cannot look" : value.toFixed(4)}`;
      }
      mark(choosers, query);
      if (queries) mark(keys, key);
    },
  };
}

interface WordButton {
  readonly root: HTMLButtonElement;
  readonly word: HTMLElement;
  readonly value: HTMLElement;
}

interface WordRow {
  readonly root: HTMLElement;
  readonly buttons: readonly WordButton[];
}

function wordRow(words: readonly string[], special: readonly number[], label: string): WordRow {
  const buttons = words.map((text, index) => {
    const word = element("span", { class: "word", dir: "auto", text });
    const value = element("span", { class: "value" });
    const name = special.includes(index) ? "token special" : "token";
    const root = element("button", { type: "button", class: name, role: "radio", tabindex: -1 }, [
      word,
      value,
    ]);
    return { root, word, value };
  });
  const roots = buttons.map(({ root }) => root);
  return {
    root: element("div", { class: "words", role: "radiogroup", "aria-label": label }, roots),
    buttons,
  };
}

/** Click, arrow keys, Home and End choose a word. */
function choose({ root, buttons }: WordRow, chosen: (index: number) => void): void {
  const moves: Readonly<Record<string, (index: number) => number>> = {
    ArrowRight: (index) => index + 1,
    ArrowDown: (index) => index + 1,
    ArrowLeft: (index) => index - 1,
    ArrowUp: (index) => index - 1,
    Home: () => 0,
    End: () => buttons.length - 1,
  };
  const indexOf = (target: EventTarget | null): number =>
    buttons.findIndex((button) => target instanceof Node && button.root.contains(target));
  root.addEventListener("click", ({ target }) => {
    const index = indexOf(target);
    if (index >= 0) chosen(index);
  });
  root.addEventListener("keydown", (event) => {
    const index = indexOf(event.target);
    const next = moves[event.key]?.(index);
    if (next === undefined || !buttons[next]) return;
    event.preventDefault();
    chosen(next);
    buttons[next].root.focus();
  });
}

function mark({ buttons }: WordRow, chosen: number): void {
  for (const [index, { root }] of buttons.entries()) {
    root.setAttribute("aria-checked", String(index === chosen));
    root.tabIndex = index === chosen ? 0 : -1;
  }
}
