import { SiteError } from "../errors/errors.ts";
import { choiceOf, expectKeys } from "../errors/options.ts";
import type { Tower } from "../families/family.ts";
import type { Inputs } from "../families/inputs.ts";
import { type HeadAddress, parseHead } from "../probe/head-address.ts";
import {
  type LayerTokens,
  queryTokens,
  type TowerTokens,
  type WeightStack,
  weightStacks,
} from "../probe/text-tokens.ts";
import { type PlainTrace, Trace } from "../probe/trace.ts";
import { type TextToken, tokensNamed, type Which } from "../probe/words.ts";
import { inspectSymbol, jupyterSymbol, type MimeBundle } from "../tensor/display.ts";
import { plainRecord, revivedRecord } from "../tensor/plain.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** What the model gave, as far as it has it. */
export interface RunOutput {
  /** (B, T, V), (B, T, labels) or (B, labels) */
  readonly logits?: Tensor;
  /** (B, C) */
  readonly pooled?: Tensor;
  /** (B, C'): `pooled` in the space that images and texts share. */
  readonly projected?: Tensor;
  /** (B, C) */
  readonly sentence?: Tensor;
  /** Of two towers: what stands for each text, (texts, C'), of length 1. */
  readonly textEmbeds?: Tensor;
  /** Of two towers: what stands for each image, (images, C'), of length 1. */
  readonly imageEmbeds?: Tensor;
  /** How alike each text is to every image: (texts, images). */
  readonly logitsPerText?: Tensor;
  /** The same, image by image: (images, texts). */
  readonly logitsPerImage?: Tensor;
  /** Of a head that looks for answers with beams: how probable the likeliest starts are, (B, starts); start_top_log_probs of transformers. */
  readonly startTopProbabilities?: Tensor;
  /** Which tokens those are, (B, starts). */
  readonly startTopIndices?: Tensor;
  /** How probable the likeliest ends of each are, (B, ends · starts): the likeliest end for every start, then the second. */
  readonly endTopProbabilities?: Tensor;
  /** Which tokens those are, (B, ends · starts). */
  readonly endTopIndices?: Tensor;
  /** (B): a logit that there is no answer; cls_logits of transformers. */
  readonly answerClass?: Tensor;
  /** Of a head that paints images anew: (B, channels, height, width), as the images went in. */
  readonly reconstruction?: Tensor;
  /** Of a head that names patches by visual words: (B, patches, words); logits of transformers (BEiT). */
  readonly patchLogits?: Tensor;
}

/** What of it the network itself gives. */
export const networkOutputs = [
  "logits",
  "pooled",
  "projected",
  "textEmbeds",
  "imageEmbeds",
  "logitsPerText",
  "logitsPerImage",
  "startTopProbabilities",
  "startTopIndices",
  "endTopProbabilities",
  "endTopIndices",
  "answerClass",
  "reconstruction",
  "patchLogits",
] as const satisfies readonly (keyof RunOutput)[];

/** Stands for the model that made a run, without its weights: the same object in all its runs. */
export interface ModelIdentity {
  /** What it was loaded from; no path of a machine, since a run is written into files. */
  readonly label: string;
  /** Whether its later tokens see earlier ones only. */
  readonly isCausal?: boolean;
  /** Height and width of a patch, in a model of images. */
  readonly patch?: readonly [height: number, width: number];
}

/** What a run leaves behind. */
export interface RunRecord {
  readonly tokens: readonly (readonly TextToken[])[];
  readonly decoderTokens?: readonly (readonly TextToken[])[];
  readonly towerTokens?: TowerTokens;
  /** Those of each layer, then of what follows the last, where tokens are merged on the way. */
  readonly layerTokens?: readonly LayerTokens[];
  readonly trace: Trace;
  readonly output: RunOutput;
  readonly inputs: Inputs;
  /** What was said while it ran. */
  readonly warnings?: readonly string[];
  /** The streams that entered its layers, when it was asked to keep them. */
  readonly streams?: Trace;
  /** Layers before this one are as no patch left them. */
  readonly firstPatchedLayer?: number;
  readonly madeBy?: ModelIdentity;
  /** The number whose gradients were asked for. */
  readonly metric?: number;
}

/** A run as plain objects: a structured clone, a worker's message or IndexedDB can carry it. */
export interface PlainRun {
  readonly tokens: readonly (readonly TextToken[])[];
  readonly decoderTokens?: readonly (readonly TextToken[])[];
  readonly towerTokens?: TowerTokens;
  /** Those of each layer, then of what follows the last, where tokens are merged on the way. */
  readonly layerTokens?: readonly LayerTokens[];
  readonly trace: PlainTrace;
  readonly output: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
  readonly madeBy?: ModelIdentity;
  readonly metric?: number;
}

/** One forward pass that has happened: its tokens, what it read, what it gave. */
export class Run {
  /** Tokens of every row, padding included (special). */
  readonly tokens: readonly (readonly TextToken[])[];
  /** Tokens of the decoder's rows, in an encoder-decoder. */
  readonly decoderTokens: readonly (readonly TextToken[])[] | undefined;
  /** Tokens of the texts and of the images, in a model of two towers; `tokens` are then those of the texts, or of the images where they ran alone. */
  readonly towerTokens: TowerTokens | undefined;
  /** Tokens of each layer, then of what follows the last, alike in every row, where tokens are merged on the way (Swin). */
  readonly layerTokens: readonly LayerTokens[] | undefined;
  readonly trace: Trace;
  readonly output: RunOutput;
  readonly inputs: Inputs;
  /** What was said while it ran, in order: a text that was cut, say, and which. */
  readonly warnings: readonly string[];
  readonly streams: Trace | undefined;
  readonly firstPatchedLayer: number;
  /** The model it is of; a run put together by hand has none. */
  readonly madeBy: ModelIdentity | undefined;
  /** The number whose gradients the trace holds, summed over the rows; undefined where none were asked for. */
  readonly metric: number | undefined;

  constructor({
    tokens,
    decoderTokens,
    towerTokens,
    layerTokens,
    trace,
    output,
    inputs,
    warnings = [],
    streams,
    firstPatchedLayer = 0,
    madeBy,
    metric,
  }: RunRecord) {
    this.tokens = tokens;
    this.decoderTokens = decoderTokens;
    this.towerTokens = towerTokens;
    this.layerTokens = layerTokens;
    this.trace = trace;
    this.output = output;
    this.inputs = inputs;
    this.warnings = warnings;
    this.streams = streams;
    this.firstPatchedLayer = firstPatchedLayer;
    this.madeBy = madeBy;
    this.metric = metric;
  }

  /** The run that `toPlain` made plain; no later run can come after it. */
  static from({ trace, output, inputs, ...rest }: PlainRun): Run {
    return new Run({
      ...rest,
      trace: Trace.from(trace),
      output: revivedRecord(output) as RunOutput,
      inputs: revivedRecord(inputs) as unknown as Inputs,
    });
  }

  /** This run as that of one tower, of a model of two: its tokens, its sites by the names they have there. Throws SiteError where nothing was given to it. */
  tower(name: Tower): Run {
    const tokens = this.towerTokens?.[name];
    const inputs = this.inputs.towers?.[name];
    if (!tokens || !inputs)
      throw new SiteError(
        `tower: ${name} read nothing in this run. Give a model of two towers ${name === "text" ? "texts" : "images"}: model.run({ texts, images })`,
      );
    const { label, isCausal, patch } = this.madeBy ?? {};
    const own = name === "text" ? { isCausal } : { patch };
    return new Run({
      tokens,
      inputs,
      trace: this.trace.within(`${name}.`),
      output: {},
      warnings: this.warnings,
      madeBy: label === undefined ? undefined : { label, ...own },
    });
  }

  /** Everything but kept streams as plain objects, over the same numbers: `port.postMessage(run.toPlain())`, then `Run.from(data)`. */
  toPlain(): PlainRun {
    const { tokens, decoderTokens, towerTokens, trace, output, inputs, warnings } = this;
    const { madeBy, metric, layerTokens } = this;
    return {
      tokens,
      decoderTokens,
      ...(towerTokens && { towerTokens }),
      ...(layerTokens && { layerTokens }),
      trace: trace.toPlain(),
      output: plainRecord(output),
      inputs: plainRecord(inputs),
      warnings,
      madeBy,
      ...(metric === undefined ? {} : { metric }),
    };
  }

  /** Tokens, output and every site as JSON has them; what went in as numbers is left out. */
  toJSON(): Record<string, unknown> {
    const { tokens, decoderTokens, towerTokens, trace, output, warnings, madeBy, metric } = this;
    const said = { model: madeBy?.label, tokens, decoderTokens };
    return { ...said, ...(towerTokens && { towerTokens }), output, trace, warnings, metric };
  }

  /** What Node prints for it. */
  [inspectSymbol](): string {
    return runText(this);
  }

  /** What a notebook shows for it, by media types. */
  [jupyterSymbol](): MimeBundle {
    return { "text/plain": runText(this) };
  }

  /**
   * How much a query looks at a key in one head: run.weight("L5H11", "it", "the cat"). Pieces of a word or a phrase are summed over keys
   * and averaged over queries. The layer's weights, or this part of them, must have been read.
   */
  weight(
    head: string | HeadAddress,
    query: Which,
    key: Which,
    options: { text?: number; stack?: WeightStack } = {},
  ): number {
    expectKeys(options, { text: true, stack: true }, "weight");
    const { text = 0, stack = "" } = options;
    choiceOf(weightStacks, stack, "weight: stack");
    const address = typeof head === "string" ? parseHead(head) : head;
    const isCross = stack === "decoder.cross.";
    const site = isCross
      ? `decoder.layers.${address.layer}.cross.weights`
      : `${stack}layers.${address.layer}.weights`;
    const { tokens: main, decoderTokens: decoder, towerTokens: towers } = this;
    const own = stack.startsWith("decoder") ? "decoder." : stack;
    const rows = queryTokens({ main, decoder, towers }, own === "" ? "encoder." : own);
    if (!Number.isInteger(text) || text < 0 || text >= rows.length)
      throw new SiteError(
        `weight: text ${text}, but the run has ${rows.length}: 0 to ${rows.length - 1}`,
      );
    const heads = this.trace.has(site) ? this.trace.kept(site).shape[1]! : Infinity;
    if (address.head >= heads)
      throw new SiteError(`weight: ${site} has ${heads} heads, asked for head ${address.head}`);
    const ofLayer = this.layerTokens?.[address.layer];
    const queryRow = ofLayer?.queries ?? rows[text]!;
    const keyRow = ofLayer?.keys ?? (isCross ? this.tokens : rows)[text]!;
    const queries = [...new Set(tokensNamed(query, queryRow, "weight, query"))];
    const keys = [...new Set(tokensNamed(key, keyRow, "weight, key"))];
    const weights = this.trace.part(site, [[text], [address.head], queries, keys], "weight");
    return weights.data.reduce((total, weight) => total + weight, 0) / queries.length;
  }
}

const mostTokens = 16;

/** "Run of 1 text by all-MiniLM-L6-v2\n  13 tokens: [CLS] The cat …\nTrace of …" */
function runText({ tokens, trace, output, madeBy, warnings }: Run): string {
  const texts = tokens.length === 1 ? "1 text" : `${tokens.length} texts`;
  const lines = tokens.map((row) => {
    const words = row.slice(0, mostTokens).map(({ text }) => text);
    return `  ${row.length} tokens: ${words.join(" ")}${row.length > mostTokens ? " …" : ""}`;
  });
  const given = Object.entries(output).map(([name, tensor]) => `  ${name} ${tensor}`);
  return [
    `Run of ${texts}${madeBy ? ` by ${madeBy.label}` : ""}`,
    ...lines,
    ...(given.length > 0 ? ["Output", ...given] : []),
    trace[inspectSymbol](),
    ...warnings.map((warning) => `warning: ${warning}`),
  ].join("\n");
}
