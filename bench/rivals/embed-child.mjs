/** Embeds one text with transformers.js and prints how long loading took, how long all since the process's start, and the vector. */
import { env, pipeline } from "@huggingface/transformers";

const [parent, name, threads, text] = process.argv.slice(2);
env.allowRemoteModels = false;
env.localModelPath = parent;
const started = performance.now();
const embed = await pipeline("feature-extraction", name, {
  dtype: "fp32",
  session_options: { intraOpNumThreads: Number(threads), interOpNumThreads: 1 },
});
const loading = performance.now() - started;
const { data } = await embed([text], { pooling: "mean", normalize: true });
console.log(JSON.stringify({ loading, whole: performance.now(), embedding: [...data] }));
