import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { sharedPrefixes, withoutPrefix, withoutWrappers } from "../checkpoint/renamed.ts";
import { CheckpointError, ConfigError } from "../errors/errors.ts";
import { choiceOf } from "../errors/options.ts";
import type { RawConfig } from "../families/config.ts";
import { familyOf, modelTypes } from "../families/families.ts";
import { type Family, headClass, type Network } from "../families/family.ts";
import { headInFile, holdsHead } from "../families/head-in-file.ts";
import { Parameters } from "../families/parameters.ts";
import { textPart } from "./text-part.ts";

/** What a person can say of a checkpoint that does not say it itself. */
export interface Described {
  /** The family, as config.json's model_type names it: `bert`. */
  readonly type?: string;
  /** The class, or its head: `BertForMaskedLM`, `ForMaskedLM`, `Model` for the body alone. */
  readonly headClass?: string;
  /** What it will read: of a checkpoint of two towers that one alone is loaded. Others are what they are. */
  readonly reads?: "texts" | "images";
}

/** A checkpoint as a family opened it. */
export interface OpenNetwork {
  readonly family: Family;
  /** config.json, with what was said and seen of it. */
  readonly config: RawConfig;
  readonly network: Network;
  readonly parameters: Parameters;
}

/** A checkpoint, and the config for it: without classes it gets the head that this file's names show. */
interface Candidate {
  readonly checkpoint: Checkpoint;
  readonly config: RawConfig;
}

/**
 * Opens a checkpoint as its config says, or as it is described: names may have prefixes that training left, a config without
 * architectures gets the head that the file holds, and a file without a head its body alone, whatever its class is called. What
 * was taken for granted is told to `warn`. Throws ConfigError and CheckpointError that name the cause.
 */
export async function openNetwork(
  files: Checkpoint,
  described: Described,
  warn: (message: string) => void,
): Promise<OpenNetwork> {
  const checkpoint = textPart(withoutWrappers(files), warn);
  const { label } = checkpoint;
  const config = describedConfig(checkpoint.config, described);
  const family = await familyOf(config, label);
  refusePruned(config, label);
  const candidates = [
    candidate(checkpoint, config),
    ...sharedPrefixes(checkpoint).map((prefix) =>
      candidate(withoutPrefix(checkpoint, prefix), config),
    ),
  ];
  const { opened, error } = openFirst(candidates, family);
  if (opened) {
    sayHead(config, opened, (message) => warn(`${label}: ${message}`));
    return opened;
  }
  const bare = candidates
    .filter((one) => headClass(one.config) !== "Model" && !holdsHead(one.checkpoint.tensors.keys()))
    .map((one) => ({ ...one, config: withoutHead(one) }));
  const body = openFirst(bare, family).opened;
  // What is left of a class nobody knows may be its head.
  if (!body || (isOfClass(error) && body.parameters.unused.length > 0)) throw error;
  const [named] = config.architectures as readonly string[];
  const why = isOfClass(error)
    ? `config.json names the class ${named}, which heed does not know, and the file holds no head`
    : withoutWords(checkpoint, config)
      ? `${named} is a decoder alone, whose words are decoder.embed_tokens.weight or lm_head.weight, and the file holds words of both stacks only, shared.weight: Python draws random embeddings in their place`
      : `${named} has a head, and the file holds none of its tensors`;
  warn(`${label}: ${why}: the body is read, with its attention, and there are no logits`);
  return body;
}

/** config.json as a person describes it. */
export function describedConfig(
  config: RawConfig,
  { type, headClass, reads }: Described,
): RawConfig {
  if (reads !== undefined) choiceOf(["texts", "images"], reads, "load: reads");
  const described = {
    ...config,
    ...(type === undefined ? {} : { model_type: type }),
    ...(headClass === undefined ? {} : { architectures: [headClass] }),
  };
  return reads === undefined ? described : towerRead(described, reads);
}

/** Of a config of two towers that of the one which reads texts or images. */
function towerRead(config: RawConfig, reads: "texts" | "images"): RawConfig {
  const tower = `${config.model_type}_${reads === "texts" ? "text" : "vision"}_model`;
  const isOfBoth = modelTypes.includes(tower) && headClass(config) === "Model";
  return isOfBoth ? { ...config, model_type: tower } : config;
}

/** Heads that were taken out of a model leave matrices that heed's families have no rows for. */
function refusePruned({ pruned_heads: pruned }: RawConfig, label: string): void {
  if (typeof pruned !== "object" || pruned === null || Object.keys(pruned).length === 0) return;
  throw new ConfigError(
    `${label}: config.json says pruned_heads=${JSON.stringify(pruned)}: heads were taken out of these layers, and heed reads layers with all their heads, as transformers 5 does. Take the model from before they were pruned, and switch heads off with a patch`,
  );
}

function candidate(checkpoint: Checkpoint, config: RawConfig): Candidate {
  const { architectures } = config;
  const isNamed = Array.isArray(architectures) && architectures.length > 0;
  if (isNamed || checkpoint.tensors.size === 0) return { checkpoint, config };
  const head = headInFile([...checkpoint.tensors.keys()], config);
  return { checkpoint, config: { ...config, architectures: [head] } };
}

/** Whether a decoder by itself is asked of a file whose words are the whole model's. */
function withoutWords({ tensors }: Checkpoint, config: RawConfig): boolean {
  const holds = (name: string) => tensors.has(name) || tensors.has(`model.${name}`);
  const ofDecoder = ["decoder.embed_tokens.weight", "lm_head.weight"];
  return headClass(config) === "ForCausalLM" && holds("shared.weight") && !ofDecoder.some(holds);
}

/** The class of the body: of T5's two stacks the one that a file holds alone. */
function withoutHead({ checkpoint, config }: Candidate): RawConfig {
  const isHalf = headInFile([...checkpoint.tensors.keys()], config) === "EncoderModel";
  return { ...config, architectures: [isHalf ? "EncoderModel" : "Model"] };
}

/** The first that opens, or why the first does not. */
function openFirst(
  candidates: readonly Candidate[],
  family: Family,
): { readonly opened?: OpenNetwork; readonly error?: unknown } {
  let first: { readonly error: unknown } | undefined;
  for (const { checkpoint, config } of candidates)
    try {
      const parameters = new Parameters({ label: checkpoint.label, checkpoint });
      return { opened: { family, config, parameters, network: family.open(config, parameters) } };
    } catch (error) {
      if (!(error instanceof CheckpointError || isOfClass(error))) throw error;
      first ??= { error: withWayOut(error) };
    }
  return first ?? {};
}

/** Whether a family refused the class that the config names. */
function isOfClass(error: unknown): error is ConfigError {
  return error instanceof ConfigError && error.message.includes("config.json says architectures=");
}

/** A class that heed has no head for can still be read without it. */
function withWayOut(error: unknown): unknown {
  if (!isOfClass(error)) return error;
  return new ConfigError(
    `${error.message}. Its body and attention can be read: load it with headClass Model (--head-class Model)`,
    { cause: error },
  );
}

/** What a class has beside what heed computes of it. */
function sayHead(given: RawConfig, { config }: OpenNetwork, warn: (message: string) => void): void {
  const head = headClass(config);
  const [named] = Array.isArray(given.architectures) ? (given.architectures as unknown[]) : [];
  if (named === undefined && head !== "Model")
    warn(
      `config.json names no class (architectures); the file holds the head of ${head}, so that is taken. headClass (--head-class) names another`,
    );
  if (config.add_cross_attention === true)
    warn(
      "config.json says add_cross_attention=true; the model is run without an encoder, as transformers runs it where none is given, and its cross attention is left out",
    );
  if (/DoubleHeadsModel$/.test(String(named)))
    warn(
      `${String(named)} has two heads; heed computes its language model, and not its choice among several texts`,
    );
}
