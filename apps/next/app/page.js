"use client";

import { load } from "heed";
import embedded from "heed/model";
import { useEffect, useState } from "react";

const text = "The cat sat on the mat because it was tired.";

async function look() {
  const model = await load(embedded);
  const run = await model.run(text, { read: ["layers.3.weights"] });
  return run.weight("L3H1", "it", "cat");
}

export default function Page() {
  const [answer, setAnswer] = useState("loading …");
  const [fromWorker, setFromWorker] = useState("loading …");
  useEffect(() => {
    look().then((weight) => setAnswer(weight.toFixed(4)));
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => setFromWorker(data.toFixed(4));
    worker.postMessage(text);
    return () => worker.terminate();
  }, []);
  return (
    <>
      <p id="answer">{answer}</p>
      <p id="from-worker">{fromWorker}</p>
    </>
  );
}
