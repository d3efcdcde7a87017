// A worker that is ended amid a run takes nothing with it.
const worker = new Worker(new URL("./runs-on.mjs", import.meta.url), { type: "module" });
await new Promise((resolve) => {
  worker.onmessage = resolve;
});
worker.terminate();
await new Promise((resolve) => setTimeout(resolve, 200));
console.log("goes on");
