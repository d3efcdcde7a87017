import { meta } from "../../src/backends/meta/meta.ts";
import type { RawConfig } from "../../src/families/config.ts";
import { familyOf } from "../../src/families/families.ts";
import type { Network } from "../../src/families/family.ts";
import type { Inputs } from "../../src/families/inputs.ts";
import { Parameters } from "../../src/families/parameters.ts";
import { type Plan, Probe } from "../../src/probe/probe.ts";
import type { LazyTensor } from "../../src/tensor/lazy-tensor.ts";
import { Program } from "../../src/tensor/program.ts";

const nothing: Plan = {
  wants: () => false,
  patches: () => false,
  reached: (_, value) => value,
  reachedSparse() {},
};
const longest = 7;

/**
 * All that a config makes of heed, as lines: what is known of the network, what is taken of a file, and each operation of a pass over two
 * texts, the second one token shorter, with every number it is given. Two configs whose lines agree compute the same from the same weights.
 */
export async function recordedPass(raw: RawConfig): Promise<readonly string[]> {
  const label = "recorded";
  const parameters = new Parameters({ label, checkpoint: undefined });
  const network = (await familyOf(raw, label)).open(raw, parameters);
  const program = new Program(meta());
  network.forward(inputsFor(network), new Probe(program, nothing));
  program.finish();
  const { list } = parameters;
  const names = new Map<LazyTensor, string>(
    list.map(({ value, storedName }) => [value, storedName]),
  );
  const nameOf = ({ root, shape }: LazyTensor): string => {
    if (!names.has(root)) names.set(root, `#${names.size}`);
    return `${names.get(root)}[${shape}]`;
  };
  const lines = program.entries.flatMap((entry) => {
    if (entry.kind === "input") return [`${nameOf(entry.value)} = ${entry.data.join()}`];
    if (entry.kind !== "operation") return [];
    const { name, inputs, outputs, attributes } = entry.operation;
    return [`${outputs.map(nameOf)} = ${name}(${inputs.map(nameOf)}) ${written(attributes)}`];
  });
  const taken = list.map(
    ({ storedName, shape, layout }) => `${storedName} ${shape} ${written(layout)}`,
  );
  return [written(network), ...taken, ...lines];
}

function inputsFor({ dimensions, images, audio, exampleInputs }: Network): Inputs {
  const batch = 2;
  const length = Math.min(longest, dimensions.positions ?? longest);
  const size = batch * length;
  const ids = Int32Array.from({ length: size }, (_, place) => 3 + (place % 3));
  const mask = Int32Array.from({ length: size }, (_, place) => +(place < size - 1));
  const text = { batch, length, ids, ...(!images && !audio && { mask }) };
  return { ...text, ...exampleInputs?.(length, batch) };
}

/** As JSON that keeps infinities apart; functions are left out. */
function written(value: object): string {
  return JSON.stringify(value, (_, part) =>
    typeof part === "number" && !Number.isFinite(part) ? String(part) : part,
  );
}
