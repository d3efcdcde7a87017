import type { ExplainedPicture } from "../../src/views/explain/explained.ts";
import stored from "./explain-L3H1.json" with { type: "json" };

/** What `explain` gave of head L3H1 of all-MiniLM-L6-v2: why "it" looks at "cat" and not at "mat"; long lists of numbers are cut. */
export const explained = stored as unknown as ExplainedPicture;
