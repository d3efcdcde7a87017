// Prints how much "it" looks at "cat" and at "mat" in the head where the choice depends on the sentence.
import { load } from "heed";

const model = await load(); // the model that comes with heed
const run = await model.run("The cat sat on the mat because it was tired.", {
  read: ["layers.3.weights"],
});
for (const word of ["cat", "mat"]) console.log(word, run.weight("L3H1", "it", word).toFixed(2));
await model.dispose();
// → cat 0.49
// → mat 0.14
