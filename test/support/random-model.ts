import type { RawConfig } from "../../src/families/config.ts";
import { familyOf } from "../../src/families/families.ts";
import { Parameters } from "../../src/families/parameters.ts";
import { Model } from "../../src/model.ts";
import type { Backend, ParameterSource } from "../../src/tensor/backend.ts";
import { sizeOf } from "../../src/tensor/shape.ts";

/** A model of this config whose weights are random: the same on every run, near what trained ones are. */
export async function randomModel(config: RawConfig, backend: Backend): Promise<Model> {
  const label = "random weights";
  const family = await familyOf(config, label);
  const parameters = new Parameters({ label, checkpoint: undefined });
  const network = family.open(config, parameters);
  await parameters.load({
    ...backend,
    parameter: (source) => backend.parameter({ ...source, rows: randomRows(source) }),
  });
  const tokenizer = undefined;
  const { type } = family;
  return new Model({ label, type, config, network, parameters, backend, tokenizer });
}

function randomRows({ name, shape }: ParameterSource): ParameterSource["rows"] {
  const width = sizeOf(shape.slice(1));
  const mean = shape.length === 1 && /norm.*weight$/i.test(name) ? 1 : 0;
  const deviation = shape.length === 1 ? 0.1 : width ** -0.5;
  const seed = [...name].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 7);
  return async (start, end) => {
    const rows = new Float32Array((end - start) * width);
    for (let i = 0; i < rows.length; i++)
      rows[i] = mean + deviation * 3.4 * (hash(seed + start * width + i) - 0.5);
    return rows;
  };
}

/** A number in [0, 1) made of another. */
function hash(seed: number): number {
  let x = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b);
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}
