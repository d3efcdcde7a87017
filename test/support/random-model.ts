import type { StoredTensor } from "../../src/checkpoint/checkpoint.ts";
import type { RawConfig } from "../../src/models/config.ts";
import { familyOf } from "../../src/models/families.ts";
import { Model } from "../../src/models/model.ts";
import { Parameters } from "../../src/models/parameters.ts";
import type { Backend } from "../../src/tensor/backend.ts";

/** A model of this config whose weights are random: the same on every run, near what trained ones are. */
export async function randomModel(config: RawConfig, backend: Backend): Promise<Model> {
  const label = "random weights";
  const family = await familyOf(config, label);
  const shapes = new Parameters({ label, checkpoint: undefined });
  family.open(config, shapes);
  const tensors = new Map<string, StoredTensor>();
  for (const { storedName, shape } of shapes.list)
    tensors.set(storedName, { name: storedName, type: "F32", shape, file: label });
  const numbers = async (name: string, start: number, end: number) => {
    const { shape } = tensors.get(name)!;
    const isGain = shape.length === 1 && /norm.*weight$/i.test(name);
    const deviation = shape.length === 1 ? 0.1 : shape.at(-1)! ** -0.5;
    const random = new Float32Array(end - start);
    for (let i = 0; i < random.length; i++)
      random[i] = (isGain ? 1 : 0) + deviation * 3.4 * (hash(start + i + name.length * 7919) - 0.5);
    return random;
  };
  const size = (name: string) => tensors.get(name)!.shape.reduce((a, b) => a * b, 1);
  const parameters = new Parameters({
    label,
    checkpoint: {
      label,
      config,
      tensors,
      bytes: 0,
      read: (name) => numbers(name, 0, size(name)),
      readRange: numbers,
      readBytes: async () => new Uint8Array(),
      text: async () => undefined,
      close: async () => {},
    },
  });
  const network = family.open(config, parameters);
  await parameters.load(backend);
  const tokenizer = undefined;
  const pooling = undefined;
  const { type } = family;
  return new Model({ label, type, config, network, parameters, backend, tokenizer, pooling });
}

/** A number in [0, 1) made of another. */
function hash(seed: number): number {
  let x = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b);
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}
