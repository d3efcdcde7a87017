import type { Parameter, Parameters } from "./parameters.ts";

/** The learned tensors of a network, to be found by name. */
export type NamedParameters = Pick<Parameters, "list" | "find" | "unused">;

/** Those of one part of a network, by the names they have in it: `text.layers.3.q.weight` is `layers.3.q.weight`. */
export function parametersWithin(whole: NamedParameters, root: string): NamedParameters {
  const list: readonly Parameter[] = whole.list
    .filter(({ name }) => name.startsWith(root))
    .map((parameter) => ({ ...parameter, name: parameter.name.slice(root.length) }));
  return {
    list,
    find: (wanted) => list.find(({ name, storedName }) => name === wanted || storedName === wanted),
    unused: whole.unused,
  };
}
