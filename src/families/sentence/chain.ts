import {
  moduleConfig,
  type SentenceModule,
  type TextFiles,
} from "../../checkpoint/sentence-modules.ts";
import { ConfigError } from "../../errors/errors.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { add, layerNorm, linear, unit } from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import type { Network, Outputs } from "../family.ts";
import type { Inputs } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import { type PooledTokens, type PoolingMode, pool, readPoolingConfig } from "./pooling.ts";
import { torchActivation } from "./torch-activation.ts";

/** What modules hand on, by sentence-transformers' names. */
interface Features {
  readonly token_embeddings: LazyTensor; // (B, T, C)
  readonly sentence_embedding?: LazyTensor; // (B, C')
}
type Feature = keyof Features;

interface Pass {
  readonly mask: Int32Array;
  /** How many tokens of a prompt begin each row. */
  readonly promptLength: number;
  readonly program: Program;
}

type Step = (features: Features, pass: Pass) => Features;

/** What a module is made from. */
interface Source {
  readonly config: Readonly<Record<string, unknown>>;
  /** Its config file, for messages. */
  readonly place: string;
  /** Its tensors. */
  readonly parameters: Parameters;
  readonly index: number;
  /** What the modules before it have made. */
  readonly made: Set<Feature>;
  /** Takes what is to be told. */
  readonly say: (message: string) => void;
}

/** What sentence-transformers makes of a transformer's last hidden states: the modules behind it, in order. */
export interface SentenceChain {
  readonly steps: readonly Step[];
  /** What is otherwise than a file says, to be told to whoever opens it. */
  readonly said?: readonly string[];
}

const makers: Readonly<Record<string, (source: Source) => Step>> = {
  Pooling({ config, place, made }) {
    const { modes, includesPrompt } = readPoolingConfig(config, place);
    made.add("sentence_embedding");
    return poolingStep(modes, includesPrompt);
  },
  Normalize(source) {
    const [from, to] = featuresOf(source);
    return (features) => ({ ...features, [to]: unit(features[from]!) });
  },
  Dense: denseStep,
  LayerNorm(source) {
    const { parameters, index } = source;
    const [from, to] = featuresOf({ ...source, config: {} });
    const norm = parameters.norm("norm", sizeOf(source, "dimension"), `sentence.${index}`);
    return (features) => ({ ...features, [to]: layerNorm(features[from]!, norm, 1e-5) });
  },
  /** Drops nothing but in training. */
  Dropout: () => (features) => features,
};

/**
 * The modules behind the transformer, their tensors taken from `parameters` under their folders' names; a reason where heed lacks
 * one of them.
 */
export async function openChain(
  modules: readonly SentenceModule[],
  files: TextFiles,
  parameters: Parameters,
): Promise<SentenceChain | { readonly refused: string }> {
  const lacking = modules.find(
    ({ kind }) => kind !== "Transformer" && !Object.hasOwn(makers, kind),
  );
  if (lacking)
    return { refused: `modules.json asks for a module ${lacking.kind}, which heed does not have` };
  const [first, ...rest] = modules;
  if (first?.kind !== "Transformer" || rest.some(({ kind }) => kind === "Transformer"))
    return {
      refused: `modules.json lists ${modules.map(({ kind }) => kind).join(", ") || "nothing"}; heed needs one Transformer, and that first`,
    };
  if (!rest.some(({ kind }) => kind === "Pooling"))
    return { refused: "modules.json lists no Pooling, so no vector is made of a text" };
  const steps: Step[] = [];
  const made = new Set<Feature>(["token_embeddings"]);
  const said: string[] = [];
  const say = (message: string) => said.push(`${files.label}: ${message}`);
  try {
    for (const [index, module] of rest.entries()) {
      const { kind, folder } = module;
      const config = await moduleConfig(files, module);
      const place = folder === "" ? `modules.json, ${kind}` : `${folder}/config.json`;
      const own = parameters.beside(`${folder}/`);
      const source = { config, place, parameters: own, index: index + 1, made, say };
      steps.push(makers[kind]!(source));
    }
    return { steps, said };
  } catch (error) {
    if (error instanceof ConfigError) return { refused: error.message };
    throw error;
  }
}

/** A chain of one pooling: what sentence-transformers makes of a checkpoint that has no modules.json. */
export function poolingChain(mode: PoolingMode): SentenceChain {
  return { steps: [poolingStep([mode], true)] };
}

/**
 * One vector a text: the last hidden states (B, T, C) through the modules → (B, C'). They are the encoder's (T5EncoderModel), but a
 * decoder's that reads the same ids on (BartModel).
 */
export function sentence(
  { decoderFollowsIds }: Pick<Network, "decoderFollowsIds">,
  { final, encoded }: Outputs,
  { batch, length, mask, decoder }: Inputs,
  { steps }: SentenceChain,
  program: Program,
  promptLength = 0,
): LazyTensor {
  const tokens = decoderFollowsIds ? final : (encoded ?? final);
  const T = tokens.shape[1]!;
  const own = T === length ? mask : decoder?.mask;
  const pass = { mask: own ?? new Int32Array(batch * T).fill(1), promptLength, program };
  const start: Features = { token_embeddings: tokens };
  const end = steps.reduce((features, step) => step(features, pass), start);
  return end.sentence_embedding!;
}

function poolingStep(modes: readonly PoolingMode[], includesPrompt: boolean): Step {
  return (features, { mask, promptLength, program }) => {
    const tokens: PooledTokens = { mask, skipped: includesPrompt ? 0 : promptLength };
    return {
      ...features,
      sentence_embedding: pool(features.token_embeddings, modes, tokens, program),
    };
  };
}

/** activation(W · x + b), and x or its own projection added where the config asks for it. */
function denseStep(source: Source): Step {
  const { config, place, parameters, index } = source;
  const [from, to] = featuresOf(source);
  const [width, out] = [sizeOf(source, "in_features"), sizeOf(source, "out_features")];
  const activation = torchActivation(activationIn(source), place);
  const bias = config.bias !== false;
  const name = `sentence.${index}`;
  const weights = parameters.linear("linear", [out, width], name, { bias });
  const learned = "activation_function.weight";
  const slope =
    activation.name === "PReLU" && parameters.has(learned)
      ? parameters.plain(learned, [1], `${name}.slope`)
      : undefined;
  const isProjected = config.use_residual === true && width !== out;
  const residual = isProjected
    ? parameters.linear("residual", [out, width], `${name}.residual`, { bias: false })
    : undefined;
  return (features) => {
    const x = features[from]!;
    const { fused } = activation;
    const dense = fused
      ? linear(x, weights, { activation: fused })
      : activation.apply(linear(x, weights), slope);
    if (config.use_residual !== true) return { ...features, [to]: dense };
    return { ...features, [to]: add(dense, residual ? linear(x, residual) : x) };
  };
}

/** The activation's class in PyTorch; as in sentence-transformers Tanh where none is named, or code of its own. */
function activationIn({ config, place, say }: Source): unknown {
  const { activation_function: named = "torch.nn.Tanh" } = config;
  // Code that comes with a checkpoint is run by nobody who was not asked.
  if (typeof named !== "string" || named.startsWith("torch.")) return named;
  say(
    `${place} names the activation ${JSON.stringify(named)}, which is code of its own; torch.nn.Tanh is taken, as in sentence-transformers`,
  );
  return "torch.nn.Tanh";
}

/** What a module reads and writes. Throws ConfigError for a feature heed does not have, or that nothing has made. */
function featuresOf({ config, place, made }: Source): readonly [Feature, Feature] {
  const from = config.module_input_name ?? "sentence_embedding";
  const to = config.module_output_name ?? from;
  for (const name of [from, to])
    if (name !== "sentence_embedding" && name !== "token_embeddings")
      throw new ConfigError(
        `${place} names ${JSON.stringify(name)}; heed has sentence_embedding and token_embeddings`,
      );
  if (!made.has(from as Feature))
    throw new ConfigError(
      `${place}: the module needs a ${from}, and no module before it makes one`,
    );
  made.add(to as Feature);
  return [from as Feature, to as Feature];
}

function sizeOf({ config, place }: Source, key: string): number {
  const size = config[key];
  if (typeof size === "number" && Number.isInteger(size) && size > 0) return size;
  throw new ConfigError(
    `${place} says ${key}=${JSON.stringify(size)}; it must be a whole number from 1`,
  );
}
