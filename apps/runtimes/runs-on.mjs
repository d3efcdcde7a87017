import { load } from "heed";

const model = await load();
const text = "The cat sat on the mat because it was tired. ".repeat(12);
await model.run(text);
postMessage("running");
for (;;) await model.run(text);
