import { meta } from "../backends/meta/meta.ts";
import type { RawConfig } from "../families/config.ts";
import { familyOf } from "../families/families.ts";
import { type Dimensions, dimensionsIn, type Network } from "../families/family.ts";
import type { Inputs } from "../families/inputs.ts";
import { Parameters } from "../families/parameters.ts";
import { Probe, type Plan as ProbePlan } from "../probe/probe.ts";
import { operationFlops, peakBytes } from "../tensor/cost.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import { Program } from "../tensor/program.ts";
import { sizeOf } from "../tensor/shape.ts";
import { type Described, describedConfig } from "./open-network.ts";
import { textConfig } from "./text-part.ts";

/** Parts a forward pass is counted by. */
export const planParts = [
  "embeddings",
  "projections (q, k, v, o)",
  "attention over tokens",
  "feed-forward",
  "norms and residuals",
  "output head",
] as const;
export type PlanPart = (typeof planParts)[number];

/** What one forward pass takes, counted by recording it: nothing is computed, no weight is read. */
export interface Counts {
  readonly tokens: number;
  readonly batch: number;
  /** Floating-point operations; a multiply and an add are two. */
  readonly flops: number;
  readonly flopsByPart: Readonly<Record<PlanPart, number>>;
  /** The most bytes of activations alive at once, float32. */
  readonly activationBytes: number;
  /** Keys and values of all layers, float32; 0 where nothing is generated. */
  readonly cacheBytes: number;
  /** Every attention weight of every layer and head, float32. */
  readonly weightsTensorBytes: number;
}

/** A model known by its config alone. */
export interface Planned {
  readonly type: string;
  readonly network: Network;
  readonly dimensions: Dimensions;
  /** Learned numbers, each counted once however often it is used. */
  readonly parameters: number;
  /** Of these, the tables of embeddings. */
  readonly embeddingParameters: number;
  count(tokens: number, batch?: number): Counts;
}

/** Opens a config without weights, as it is or as it is described. Throws ConfigError as loading would. */
export async function planModel(
  raw: RawConfig,
  label: string,
  described: Described = {},
): Promise<Planned> {
  const config = describedConfig(textConfig(raw), described);
  const family = await familyOf(config, label);
  const parameters = new Parameters({ label, checkpoint: undefined });
  const network = family.open(config, parameters);
  const { list } = parameters;
  const names = new Map(list.map(({ value, name }) => [value, name]));
  const total = (of: (name: string) => boolean) =>
    list.reduce((sum, { name, shape }) => sum + (of(name) ? sizeOf(shape) : 0), 0);
  return {
    type: family.type,
    network,
    dimensions: network.dimensions,
    parameters: total(() => true),
    embeddingParameters: total((name) => /embeddings\.(?!norm)/.test(name)),
    count: (tokens, batch = 1) => countPass(network, names, tokens, batch),
  };
}

function countPass(
  network: Network,
  names: ReadonlyMap<LazyTensor, string>,
  tokens: number,
  batch: number,
): Counts {
  const program = new Program(meta());
  const example = network.exampleInputs?.(tokens, batch) ?? {};
  const inputs = { batch, length: tokens, ids: new Int32Array(batch * tokens), ...example };
  const found = passOf(network, inputs, program, () => false);
  program.finish();
  // Windows give their weights only to whoever wants them, and a pass that gives them holds more.
  const kept = found.isAsked
    ? passOf(network, inputs, new Program(meta()), (site) => weightsSite.test(site))
    : found;
  const flopsByPart = Object.fromEntries(planParts.map((part) => [part, 0])) as Record<
    PlanPart,
    number
  >;
  for (const entry of program.entries)
    if (entry.kind === "operation")
      flopsByPart[partOf(entry.operation, names)] += operationFlops(entry.operation);
  return {
    tokens,
    batch,
    flops: Object.values(flopsByPart).reduce((sum, flops) => sum + flops, 0),
    flopsByPart,
    activationBytes: peakBytes(program.entries),
    cacheBytes: 4 * cachedNumbers(network, inputs),
    weightsTensorBytes: kept.weights * 4,
  };
}

/** Keys and values that are kept while a text is written: of all layers; of a decoder beside an encoder, and of what it looks at there. */
function cachedNumbers(
  { dimensions, isCausal, generates }: Network,
  { batch, length, decoder }: Inputs,
): number {
  const isBeside = dimensions.decoderLayers !== undefined && decoder !== undefined;
  if (isBeside ? !generates : !isCausal) return 0;
  const { layers, keyHeads, heads, headWidth } = isBeside
    ? dimensionsIn(dimensions, "decoder.")
    : dimensions;
  const own = keyHeads * (decoder?.length ?? length);
  const ofEncoder = isBeside ? heads * length : 0;
  return 2 * layers * batch * (own + ofEncoder) * headWidth;
}

const weightsSite = /\.weights$/;

/** Records a pass: how many attention weights it gave, those of windows as they are kept, and whether it asked who wants some. */
function passOf(
  network: Network,
  inputs: Inputs,
  program: Program,
  isWanted: (site: string) => boolean,
): { readonly weights: number; readonly isAsked: boolean } {
  let weights = 0;
  let isAsked = false;
  const count = (site: string, ...values: readonly (LazyTensor | undefined)[]) => {
    if (!weightsSite.test(site)) return;
    weights += values.reduce((sum, value) => sum + (value ? sizeOf(value.shape) : 0), 0);
  };
  const plan: ProbePlan = {
    wants(site) {
      isAsked ||= weightsSite.test(site);
      return isWanted(site);
    },
    patches: () => false,
    reached(site, value) {
      count(site, value);
      return value;
    },
    reachedSparse(site, source) {
      if ("blocks" in source) count(site, source.blocks);
      else count(site, source.band, source.rows);
    },
  };
  network.forward(inputs, new Probe(program, plan));
  return { weights, isAsked };
}

const attentionOperations = new Set([
  "scaledDot",
  "masked",
  "softmax",
  "mix",
  "attention",
  "headShares",
]);

/** What an operation belongs to: told by the learned tensor it uses, else by what it is. */
function partOf(
  { name, inputs }: { readonly name: string; readonly inputs: readonly LazyTensor[] },
  names: ReadonlyMap<LazyTensor, string>,
): PlanPart {
  if (attentionOperations.has(name) || /^(band|relative|global)/.test(name))
    return "attention over tokens";
  if (name === "embed") return "embeddings";
  const parameter =
    inputs.map((input) => names.get(input)).find((found) => found !== undefined) ?? "";
  if (name !== "linear") return "norms and residuals";
  if (/layers\.\d+\.(cross\.|global\.)?[qkvor](\.|$)/.test(parameter))
    return "projections (q, k, v, o)";
  if (/layers\.\d+\./.test(parameter)) return "feed-forward";
  return parameter.startsWith("embeddings.") && !/words/.test(parameter)
    ? "embeddings"
    : "output head";
}
