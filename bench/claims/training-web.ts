import type { Claim } from "../claim.ts";
import { inNewNode } from "../new-node.ts";

/** The same step as claim `training` on the WebAssembly kernels, beside other libraries' of their own: one thread each, since they have no more in Node. */
export const trainingWeb: Claim = {
  name: "training-web",
  title: "a training step in WebAssembly on 1 thread, time ÷ others'",
  measure: () => inNewNode("training-web-node"),
};
