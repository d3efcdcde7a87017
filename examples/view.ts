// Writes river.svg: head L5H11 over a sentence, a row a word that looks, a column a word it looks at.
import { writeFile } from "node:fs/promises";
import { load } from "heed";
import { headSvg } from "heed/views";

const model = await load();
const { tokens, trace } = await model.run("The bank of the river.", { read: ["layers.5.weights"] });
const words = tokens[0]!.map(({ surface, special }) => ({ text: surface, special }));
const { data: weights } = trace.get("layers.5.weights").select(0, 11); // (T, S)
await writeFile("river.svg", headSvg({ layer: 5, head: 11, queries: words, keys: words, weights }));
console.log("wrote river.svg");
await model.dispose();
// → wrote river.svg
