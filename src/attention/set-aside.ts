import { Probe } from "../probe/probe.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";

/** A probe that sets scores and weights aside, as far as the other one wants them or they are made anyway. */
export function setAside(outer: Probe) {
  const found: { scores?: LazyTensor; weights?: LazyTensor } = {};
  const probe = new Probe(outer.program, {
    wants: (name) => outer.wants(name),
    patches: () => false,
    reached(name, value) {
      if (name === "scores" || name === "weights") found[name] = value;
      return value;
    },
    reachedSparse() {},
  });
  return { probe, found };
}
