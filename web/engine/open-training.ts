import { type Training, type TrainingAsked, trainInWorker } from "heed/explore";

/** Begins a training in a worker of its own, which ends with it. Throws what the library throws. */
export async function openTraining(asked: TrainingAsked, signal: AbortSignal): Promise<Training> {
  const worker = new Worker(new URL("./engine-worker.js", import.meta.url), { type: "module" });
  const end = () => worker.terminate();
  try {
    const training = await trainInWorker(worker, asked, { signal });
    // Nothing of it is wanted any more: what it computes need not be waited for.
    return { ...training, dispose: async () => end() };
  } catch (error) {
    end();
    throw error;
  }
}
