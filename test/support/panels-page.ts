import * as elements from "heed/elements";
import { ComparePanel } from "../../web/panels/compare.ts";
import { HeadsPanel } from "../../web/panels/heads.ts";
import { firstState } from "../../web/state/state.ts";
import { english } from "../../web/words/en.ts";

/** What tests of panels find in their page. */
const parts = { elements, firstState, words: english };
export type PanelsPage = typeof parts;
elements.defineElements();
for (const panel of [ComparePanel, HeadsPanel]) customElements.define(panel.tag, panel);
Object.assign(globalThis, { heed: parts });
