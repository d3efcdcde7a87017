/** Embeds one text and prints how long loading took, how long all since the process's start, and the vector. */
import { load } from "../src/load.node.ts";

const [folder, text] = process.argv.slice(2);
const started = performance.now();
const model = await load(folder);
const loading = performance.now() - started;
const run = await model.run([text!]);
const whole = performance.now();
console.log(JSON.stringify({ loading, whole, embedding: [...run.output.sentence!.data] }));
await model.dispose();
