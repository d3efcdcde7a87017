// Prints what every word of a sentence looks at most, in which head; special tokens and near words are not ranked.
import { formatHead, load } from "heed";
import { looksOfWords, wordWeights } from "heed/analysis";

const model = await load();
const { tokens, trace } = await model.run("The bank raised its rates, so we sat by the river.", {
  read: ["layers.*.weights"],
});
const layers = Array.from({ length: model.dimensions.layers }, (_, layer) =>
  trace.kept(`layers.${layer}.weights`),
);
const weights = wordWeights(layers, tokens[0]!, { isCausal: model.isCausal });
for (const { unit, look } of looksOfWords(weights).slice(0, 5))
  console.log(
    weights.units[unit]!.text,
    weights.units[look.unit]!.text,
    look.weight.toFixed(2),
    formatHead(look),
  );
await model.dispose();
// → The its 0.49 L2H3
// → bank river 0.50 L0H10
// → raised river 0.33 L0H1
// → its The 0.38 L2H10
// → rates bank 0.81 L0H1
