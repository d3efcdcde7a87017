// Writes trace.json: tokens, and queries, keys and weights of one layer, by site, each with its shape and its numbers.
import { writeFile } from "node:fs/promises";
import { load } from "heed";

const model = await load();
const { tokens, trace } = await model.run("The bank of the river.", {
  read: ["layers.3.{q,k,weights}"],
});
const sites = trace.sites.map((site) => {
  const { shape, data } = trace.get(site);
  return [site, { shape, data: [...data] }];
});
const record = { tokens: tokens[0], sites: Object.fromEntries(sites) };
await writeFile("trace.json", JSON.stringify(record));
console.log("wrote trace.json with", trace.sites.join(", "));
await model.dispose();
// → wrote trace.json with layers.3.q, layers.3.k, layers.3.weights
