import { ChangeElement } from "./change.ts";
import { ComparePanel } from "./compare.ts";
import { HeadsPanel } from "./heads.ts";
import { LearnElement } from "./learn.ts";
import { ModelsElement } from "./models.ts";
import { StepsPanel } from "./steps.ts";
import { TalkElement } from "./talk.ts";

/** What opens under the sentence. */
export const panelElements: readonly (CustomElementConstructor & { readonly tag: string })[] = [
  ChangeElement,
  ComparePanel,
  HeadsPanel,
  LearnElement,
  ModelsElement,
  StepsPanel,
  TalkElement,
];
