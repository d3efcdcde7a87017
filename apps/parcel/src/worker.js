import { embedded, load } from "heed/bundle";

const loading = load(embedded);
onmessage = async ({ data: text }) => {
  const model = await loading;
  const run = await model.run(text, { read: ["layers.3.weights"] });
  postMessage(run.weight("L3H1", "it", "cat"));
};
