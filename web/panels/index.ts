import { HeadsPanel } from "./heads.ts";
import { LearnElement } from "./learn.ts";

/** What opens under the sentence. */
export const panelElements: readonly (CustomElementConstructor & { readonly tag: string })[] = [
  HeadsPanel,
  LearnElement,
import { ChangeElement } from "./change.ts";

/** What opens under the sentence. */
export const panelElements: readonly (CustomElementConstructor & { readonly tag: string })[] = [
  ChangeElement,
];
