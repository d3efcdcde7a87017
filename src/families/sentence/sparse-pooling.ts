import {
  isTransformer,
  moduleConfig,
  type SentenceModule,
  type TextFiles,
} from "../../checkpoint/sentence-modules.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { activate, maxPool, multiply, sum } from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Inputs } from "../inputs.ts";

/** What a SpladePooling makes of a masked language model's logits (Formal et al. 2021): a weight for each word of the vocabulary, most of them 0. */
export interface SparsePooling {
  /** What of a word's weights at every token is kept. */
  readonly strategy: "max" | "sum";
  /** How often log(1 + x) is taken of the positive logits: once, or twice (Geng et al. 2024). */
  readonly logs: 1 | 2;
}

const known = [
  "pooling_strategy",
  "activation_function",
  "embedding_dimension",
  "word_embedding_dimension",
];

/** What modules.json says of it, or why heed cannot do so; undefined where no SpladePooling is named. `task` is the transformer's. */
export async function readSparsePooling(
  modules: readonly SentenceModule[],
  files: TextFiles,
  task: string | undefined,
): Promise<SparsePooling | { readonly refused: string } | undefined> {
  const module = modules.find(({ kind }) => kind === "SpladePooling");
  const areWords = modules[0]?.kind === "MLMTransformer" || task === "fill-mask";
  if (!module && areWords)
    return {
      refused: `its transformer gives logits of words, which heed has for a SpladePooling alone; modules.json lists ${modules.map(({ kind }) => kind).join(", ")}`,
    };
  if (!module) return undefined;
  if (!areWords)
    return {
      refused: `modules.json asks for a SpladePooling behind a Transformer whose transformer_task is ${JSON.stringify(task ?? "feature-extraction")}; heed has one behind logits of words ("fill-mask", or an MLMTransformer)`,
    };
  if (modules.length !== 2 || !isTransformer(modules[0]!))
    return {
      refused: `modules.json lists ${modules.map(({ kind }) => kind).join(", ")}; heed has a SpladePooling behind one transformer, and nothing behind it`,
    };
  const config = await moduleConfig(files, module);
  const place = `${module.folder}/config.json`;
  const strange = Object.keys(config).find((key) => !known.includes(key));
  if (strange !== undefined)
    return { refused: `${place} says ${strange}, which heed does not have` };
  const { pooling_strategy: strategy = "max", activation_function: activation = "relu" } = config;
  if (strategy !== "max" && strategy !== "sum")
    return {
      refused: `${place} says pooling_strategy=${JSON.stringify(strategy)}; heed has max and sum`,
    };
  if (activation !== "relu" && activation !== "log1p_relu")
    return {
      refused: `${place} says activation_function=${JSON.stringify(activation)}; heed has relu and log1p_relu`,
    };
  return { strategy, logs: activation === "relu" ? 1 : 2 };
}

/** A weight for each word: logits (B, T, V) → (B, V), none below 0. */
export function sparsePool(
  logits: LazyTensor,
  {
    batch,
    length,
    mask = new Int32Array(batch * length).fill(1),
  }: Pick<Inputs, "batch" | "length" | "mask">,
  { strategy, logs }: SparsePooling,
  program: Program,
): LazyTensor {
  const weigh = (x: LazyTensor) =>
    program.change(activate(x, "relu"), (numbers) => logarithms(numbers, logs), "weights of words");
  // The largest of logits has the largest of weights.
  if (strategy === "max")
    return weigh(maxPool(logits, program.input(mask, [batch, length], "tokens that count")));
  const counted = program.input(Float32Array.from(mask), [batch, length, 1], "tokens that count");
  return sum(weigh(multiply(logits, counted)), 1);
}

/** log(1 + x) of each number, so often. */
function logarithms({ shape, data }: Tensor, times: number): Tensor {
  let numbers = Float32Array.from(data, Math.log1p);
  for (let n = 1; n < times; n++) numbers = numbers.map(Math.log1p);
  return new Tensor(shape, numbers);
}
