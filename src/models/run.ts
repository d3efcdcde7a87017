import { SiteError } from "../errors/errors.ts";
import type { Inputs } from "../families/inputs.ts";
import { type HeadAddress, parseHead } from "../probe/head-address.ts";
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
}

/** Stands for the model that made a run, without its weights: the same object in all its runs. */
export interface ModelIdentity {
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

  /** Everything but kept streams as plain objects, over the same numbers: `port.postMessage(run.toPlain())`, then `Run.from(data)`. */
  toPlain(): PlainRun {
    const { tokens, decoderTokens, trace, output, inputs, warnings, madeBy, metric } = this;
    return {
      tokens,
      decoderTokens,
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
    const { tokens, decoderTokens, trace, output, warnings, madeBy, metric } = this;
    return { model: madeBy?.label, tokens, decoderTokens, output, trace, warnings, metric };
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
    {
      text = 0,
      stack = "",
    }: { text?: number; stack?: "" | "encoder." | "decoder." | "decoder.cross." } = {},
  ): number {
    const address = typeof head === "string" ? parseHead(head) : head;
    const isCross = stack === "decoder.cross.";
    const site = isCross
      ? `decoder.layers.${address.layer}.cross.weights`
      : `${stack}layers.${address.layer}.weights`;
    const queryTokens = (stack.startsWith("decoder") && this.decoderTokens) || this.tokens;
    if (!Number.isInteger(text) || text < 0 || text >= queryTokens.length)
      throw new SiteError(
        `weight: text ${text}, but the run has ${queryTokens.length}: 0 to ${queryTokens.length - 1}`,
      );
    const heads = this.trace.has(site) ? this.trace.kept(site).shape[1]! : Infinity;
    if (address.head >= heads)
      throw new SiteError(`weight: ${site} has ${heads} heads, asked for head ${address.head}`);
    const keyTokens = isCross ? this.tokens : queryTokens;
    const queries = [...new Set(tokensNamed(query, queryTokens[text]!, "weight, query"))];
    const keys = [...new Set(tokensNamed(key, keyTokens[text]!, "weight, key"))];
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
