// Prints five tokens that GPT-2 writes behind a text, each with the token that head 0 of the last layer looked at most when it was chosen.
import { load } from "heed";

const model = await load("openai-community/gpt2"); // downloaded the first time, into the cache that Python uses too
const site = `layers.${model.dimensions.layers - 1}.weights`;
const { rows, tokens, trace } = await model.generate("The cat sat on the", {
  maxNewTokens: 5,
  read: [site],
});
const { promptLength, ids } = rows[0]!;
for (let place = promptLength; place < ids.length; place++) {
  // The token before it looked, and chose it.
  const { data } = trace.row(site, { head: 0, query: place - 1 }); // (S)
  const most = data.indexOf(Math.max(...data));
  console.log(tokens[0]![place]!.text, "after a look at", tokens[0]![most]!.text);
}
await model.dispose();
