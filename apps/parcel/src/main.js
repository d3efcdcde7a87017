import { load } from "heed";
import embedded from "heed/model";

const text = "The cat sat on the mat because it was tired.";

async function look() {
  const model = await load(embedded);
  const run = await model.run(text, { read: ["layers.3.weights"] });
  document.querySelector("#answer").textContent = run.weight("L3H1", "it", "cat").toFixed(4);
}
look();

const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => {
  document.querySelector("#from-worker").textContent = data.toFixed(4);
};
worker.postMessage(text);
