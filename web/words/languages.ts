import { english } from "./en.ts";
import type { Translation, Words } from "./words.ts";

/** A language of the page: its words come when they are chosen, but for those the page opens with. */
export interface Language {
  readonly tag: string;
  /** Its own name for itself. */
  readonly name: string;
  readonly direction: "ltr" | "rtl";
  /** Its own word for a draft, until somebody whose language it is has read it. */
  readonly draft?: string;
  load(): Promise<Words>;
}

export const languages: readonly Language[] = [
  { tag: "en", name: "English", direction: "ltr", load: async () => english },
  {
    tag: "es",
    name: "Español",
    direction: "ltr",
    draft: "borrador",
    load: async () => completed((await import("./es.ts")).spanish),
  },
];

/** A translation with English where it says nothing yet. */
export function completed(translation: Translation): Words {
  return overEnglish(english, translation) as Words;
}

function overEnglish(own: object, other: object): object {
  return Object.fromEntries(
    Object.entries(own).map(([name, value]) => {
      const said = (other as Readonly<Record<string, unknown>>)[name];
      const isGroup = typeof value === "object" && value !== null;
      return [name, isGroup ? overEnglish(value, (said as object) ?? {}) : (said ?? value)];
    }),
  );
}

/** The language that a page opens with: the one asked for, else the reader's, else English. */
export function languageOf(asked: string | undefined, wanted: readonly string[]): Language {
  const [first] = languages;
  const named = (tag: string) =>
    languages.find((one) => one.tag === tag) ??
    languages.find((one) => one.tag === tag.split("-")[0]);
  for (const tag of [asked, ...wanted]) {
    const found = tag === undefined ? undefined : named(tag);
    if (found) return found;
  }
  return first!;
}
