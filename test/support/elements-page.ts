import * as elements from "../../src/views/page/elements.ts";
import { laterSource } from "./later-source.ts";

/** What tests of elements find in their page. */
const parts = { ...elements, laterSource };
export type ElementsPage = typeof parts;
Object.assign(globalThis, { heed: parts });
