import { ConfigError } from "../errors/errors.ts";
import type { RawConfig } from "../families/config.ts";
import type { Parameter } from "../families/parameters.ts";
import { makeRandom } from "../tasks/sampling.ts";
import { sizeOf } from "../tensor/shape.ts";

/** What a learned tensor begins as: all one number, or normal with this standard deviation around 0. */
export type InitialValue =
  | { readonly all: number }
  | { readonly deviation: number /** A row that begins as zeros. */; readonly zeroRow?: number };

/** How transformers' classes begin (`_init_weights`), by heed's names of the parameters. */
const rules: Readonly<
  Record<string, (parameter: Parameter, config: RawConfig) => InitialValue | undefined>
> = {
  gpt2: ({ name }, config) => {
    const range = number(config.initializer_range, 0.02);
    // What is written into the stream is scaled down by how often that happens.
    const isWritten = /\.(o|mlp\.down)\.weight$/.test(name);
    return { deviation: isWritten ? range / Math.sqrt(2 * number(config.n_layer, 12)) : range };
  },
  bert: ({ name }, config) => {
    const zeroRow = name === "embeddings.words" ? number(config.pad_token_id, 0) : undefined;
    return { deviation: number(config.initializer_range, 0.02), zeroRow };
  },
  t5: ({ name }, config) => {
    const factor = number(config.initializer_factor, 1);
    const [C, D, F] = [config.d_model, config.d_kv, config.d_ff].map(Number) as [
      number,
      number,
      number,
    ];
    const H = number(config.num_heads, 8);
    if (name.endsWith(".gain")) return { all: factor };
    if (/\.q\.weight$/.test(name)) return { deviation: factor * (C * D) ** -0.5 };
    if (/\.(k|v)\.weight$/.test(name)) return { deviation: factor * C ** -0.5 };
    if (/\.o\.weight$/.test(name)) return { deviation: factor * (H * D) ** -0.5 };
    if (/\.mlp\.(up|gate)\.weight$/.test(name)) return { deviation: factor * C ** -0.5 };
    if (/\.mlp\.down\.weight$/.test(name)) return { deviation: factor * F ** -0.5 };
    if (/distances$/.test(name)) return { deviation: factor * C ** -0.5 };
    return { deviation: factor };
  },
};

/** What a parameter of a new model begins as. Throws ConfigError for a family that heed does not begin anew. */
export function initialValue(parameter: Parameter, config: RawConfig): InitialValue {
  const rule = rules[String(config.model_type)];
  if (!rule)
    throw new ConfigError(
      `config.json says model_type=${JSON.stringify(config.model_type)}; heed makes new models of ${Object.keys(rules).join(", ")}. Load a trained one and train it further`,
    );
  if (config.model_type !== "t5" && parameter.name.endsWith(".gain")) return { all: 1 };
  if (/(^|\.)bias$/.test(parameter.name)) return { all: 0 };
  return rule(parameter, config)!;
}

/** The first numbers of a parameter, row-major in its shape; the same seed and stream give the same everywhere. */
export function initialNumbers(
  parameter: Parameter,
  config: RawConfig,
  { seed, stream }: { readonly seed: number; readonly stream: number },
): Float32Array {
  const { shape } = parameter;
  const value = initialValue(parameter, config);
  const numbers = new Float32Array(sizeOf(shape));
  if ("all" in value) return numbers.fill(value.all);
  fillNormal(numbers, value.deviation, makeRandom(seed, stream));
  const width = sizeOf(shape.slice(1));
  if (value.zeroRow !== undefined)
    numbers.fill(0, value.zeroRow * width, (value.zeroRow + 1) * width);
  return numbers;
}

/** Fills with numbers of a normal distribution around 0 (Box & Muller 1958). */
export function fillNormal(
  numbers: Float32Array,
  deviation: number,
  random: () => number,
): Float32Array {
  for (let place = 0; place < numbers.length; place += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    numbers[place] = radius * Math.cos(angle);
    if (place + 1 < numbers.length) numbers[place + 1] = radius * Math.sin(angle);
  }
  return numbers;
}

function number(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
