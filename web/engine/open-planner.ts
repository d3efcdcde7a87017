import { type Planner, planInWorker } from "heed/explore";

/** A planner in a worker of its own, which ends with it: the page stays free while forward passes are counted. */
export async function openPlanner(): Promise<Planner> {
  const worker = new Worker(new URL("./engine-worker.js", import.meta.url), { type: "module" });
  const end = () => worker.terminate();
  try {
    return { ...(await planInWorker(worker)), dispose: async () => end() };
  } catch (error) {
    end();
    throw error;
  }
}
