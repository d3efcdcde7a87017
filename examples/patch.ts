// Prints how far the sentence's vector turns when a head of the last layer is silenced, for the three that turn it most.
import { load } from "heed";
import { cosineDistance } from "heed/analysis";

const model = await load();
const text = "The cat sat on the mat because it was tired.";
const plain = await model.run(text, { reusable: true });
const turns = [];
for (let head = 0; head < model.dimensions.heads; head++) {
  const patch = [{ site: "layers.5.mixed", head, zero: true }];
  const { output } = await model.run(text, { after: plain, patch });
  const distance = cosineDistance(plain.output.sentence!.data, output.sentence!.data);
  turns.push({ head: `L5H${head}`, distance });
}
turns.sort((a, b) => b.distance - a.distance);
for (const { head, distance } of turns.slice(0, 3)) console.log(head, distance.toFixed(3));
await model.dispose();
// → L5H11 0.144
// → L5H3 0.081
// → L5H7 0.031
