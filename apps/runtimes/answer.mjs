import { load } from "heed";

const model = await load();
const run = await model.run("The cat sat on the mat because it was tired.", {
  read: ["layers.3.weights"],
});
console.log(run.weight("L3H1", "it", "cat").toFixed(4));
await model.dispose();
