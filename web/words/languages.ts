import { english } from "./en.ts";
import type { Words } from "./words.ts";

/** A language of the page: its words come when they are chosen, but for those the page opens with. */
export interface Language {
  readonly tag: string;
  /** Its own name for itself. */
  readonly name: string;
  readonly direction: "ltr" | "rtl";
  load(): Promise<Words>;
}

export const languages: readonly Language[] = [
  { tag: "en", name: "English", direction: "ltr", load: async () => english },
];

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
