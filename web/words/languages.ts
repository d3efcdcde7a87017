import { english } from "./en.ts";
import { laidOver, type Translation, type Words } from "./words.ts";

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
  {
    tag: "ar",
    name: "العربية",
    direction: "rtl",
    draft: "مسودة",
    load: async () => completed((await import("./ar.ts")).arabic),
  },
  {
    tag: "de",
    name: "Deutsch",
    direction: "ltr",
    draft: "Entwurf",
    load: async () => completed((await import("./de.ts")).german),
  },
  {
    tag: "hi",
    name: "हिन्दी",
    direction: "ltr",
    draft: "मसौदा",
    load: async () => completed((await import("./hi.ts")).hindi),
  },
  {
    tag: "zh",
    name: "简体中文",
    direction: "ltr",
    draft: "草稿",
    load: async () => completed((await import("./zh.ts")).chinese),
  },
];

/** A translation with English where it says nothing yet. */
export function completed(translation: Translation): Words {
  // What English takes from the library, a translation says itself.
  return laidOver(english, translation) as Words;
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
