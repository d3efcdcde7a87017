import * as elements from "heed/elements";
import { panelElements } from "../../web/panels/index.ts";
import { firstState } from "../../web/state/state.ts";
import { english } from "../../web/words/en.ts";

/** What tests of panels find in their page. */
const parts = { elements, firstState, words: english };
export type PanelsPage = typeof parts;
elements.defineElements();
for (const panel of panelElements) customElements.define(panel.tag, panel);
Object.assign(globalThis, { heed: parts });
