import * as elements from "heed/elements";
import * as heads from "../../web/panels/heads.ts";
import { firstState } from "../../web/state/state.ts";
import { english } from "../../web/words/en.ts";

/** What tests of panels find in their page. */
const parts = { elements, headsTag: heads.tag, firstState, words: english };
export type PanelsPage = typeof parts;
elements.defineElements();
customElements.define(heads.tag, heads.HeadsPanel);
Object.assign(globalThis, { heed: parts });
