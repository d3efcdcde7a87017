import { Cache } from "../attention/cache.ts";
import { InputError } from "../errors/errors.ts";
import { expectKeys } from "../errors/options.ts";
import { keepWarnings } from "../errors/warnings.ts";
import type { RawConfig } from "../families/config.ts";
import type { Network } from "../families/family.ts";
import type { Inputs } from "../families/inputs.ts";
import type { Prepared, RunInput } from "../models/inputs.ts";
import type { ModelSite } from "../models/loaded-model.ts";
import {
  type GenerationPatch,
  GenerationPlan,
  type GenerationRead,
} from "../probe/generation-plan.ts";
import { expectNoOverflow } from "../probe/overflow.ts";
import type { PatchList } from "../probe/patch.ts";
import { Probe } from "../probe/probe.ts";
import { parseSite } from "../probe/sites.ts";
import type { Backend } from "../tensor/backend.ts";
import { execute } from "../tensor/execute.ts";
import { slice } from "../tensor/operations.ts";
import { Program } from "../tensor/program.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";
import { Generation, type TokenEvent } from "./generation.ts";
import { preparePrompt, promptTexts } from "./prompt.ts";
import { makeSampler, type SamplingOptions } from "./sampling.ts";
import { WrittenRow } from "./written-row.ts";

export interface GenerateOptions extends SamplingOptions {
  /** The most tokens to write behind each prompt; 40 if not given. */
  readonly maxNewTokens?: number;
  /** Texts that end a row where they are met; they are no part of its text. */
  readonly stop?: readonly string[];
  /** Ids that end a row, instead of those the checkpoint names; [] for none. */
  readonly endIds?: readonly number[];
  /** Sites to read, in all passes or some (`step`): what comes out is what one pass over the whole text gives. */
  readonly read?: readonly GenerationRead[];
  /** Changes, in all passes or some (`step`); a patched k or v is what later passes see. One list for all rows, or one a row. */
  readonly patch?: PatchList<GenerationPatch>;
  /** Stops between layers. */
  readonly signal?: AbortSignal;
  /** Told of every token as it is chosen; generation goes on when it has returned. */
  readonly onToken?: (event: TokenEvent) => void | Promise<void>;
  /** Told of warnings, such as a prompt that is cut, instead of `load`'s own listener; they stand in `generation.warnings` too. */
  readonly onWarning?: (message: string) => void;
}

const generateOptions = Object.keys({
  maxNewTokens: true,
  stop: true,
  endIds: true,
  read: true,
  patch: true,
  signal: true,
  onToken: true,
  onWarning: true,
  temperature: true,
  topK: true,
  topP: true,
  repetitionPenalty: true,
  seed: true,
} satisfies Record<keyof GenerateOptions, true>);

/** What generating needs of a model. */
export interface Generator {
  readonly label: string;
  readonly network: Network;
  readonly backend: Backend;
  readonly tokenizer: Tokenizer | undefined;
  readonly config: RawConfig;
  /** generation_config.json; empty where the checkpoint has none. */
  readonly generationConfig: RawConfig;
  readonly sites: ReadonlyMap<string, ModelSite>;
  /** Why a kind of site is not there. */
  readonly absent: Readonly<Record<string, string>>;
  /** Told of warnings where the options name no listener. */
  readonly onWarning?: (message: string) => void;
}

/**
 * Writes on, token by token, with a cache of keys and values allocated once. With reads, the last token goes through the
 * model too, so that the trace covers the whole text.
 */
export async function generate(
  model: Generator,
  input: RunInput,
  options: GenerateOptions = {},
): Promise<Generation> {
  expectKeys(options, generateOptions, "generate");
  const { network, tokenizer, label } = model;
  const { read = [], patch = [], stop = [], onToken } = options;
  const { warnings, warn: onWarning } = keepWarnings(options.onWarning ?? model.onWarning);
  expectWriter(model, stop);
  const prompt = preparePrompt(input, { label, network, tokenizer, onWarning });
  const columns = prompt.inputs.decoder?.length ?? prompt.inputs.length;
  const most = tokensLeft(options.maxNewTokens ?? 40, columns, model, onWarning);
  const rows = startRows(prompt, input, { model, most, options });
  const sampler = makeSampler(options, rows.length);
  const capacity = columns + most;
  const shapes = { tokens: prompt.tokens, sites: siteShapes(model, prompt, capacity) };
  const plan = new GenerationPlan(
    read,
    patch,
    { ...shapes, capacity, passes: most + (read.length > 0 ? 1 : 0) },
    model.absent,
  );
  const cache = new Cache(model.backend, capacity);
  try {
    for (let step = 0; ; step++) {
      const isWritten = rows.every(({ ended }) => ended !== undefined);
      if (isWritten && read.length === 0) break;
      const logits = await pass(model, { prompt, rows, step, plan, cache, options });
      if (isWritten) break;
      for (const [number, row] of rows.entries()) {
        if (row.ended) row.pad(network.paddingId);
        else {
          const event = row.write(sampler.next(number, logits[number]!, row.ids));
          await onToken?.({ ...event, row: number, step, trace: plan.passTrace });
        }
      }
    }
  } finally {
    cache.release();
  }
  const written = rows.map(({ tokens }) => tokens);
  const isBeside = prompt.inputs.decoder !== undefined;
  return new Generation(
    {
      tokens: isBeside ? prompt.tokens.main : written,
      decoderTokens: isBeside ? written : undefined,
      trace: plan.finish(onWarning),
      output: {},
      warnings,
      inputs: inputsOf(prompt, rows, written[0]!.length),
    },
    { rows: rows.map((row) => row.result()), seed: sampler.seed },
  );
}

interface PassOptions {
  readonly prompt: Prepared;
  readonly rows: readonly WrittenRow[];
  readonly step: number;
  readonly plan: GenerationPlan;
  readonly cache: Cache;
  readonly options: GenerateOptions;
}

/** One pass over the tokens the cache does not have yet; gives each row's last logits (V). */
async function pass(
  { network, backend }: Generator,
  { prompt, rows, step, plan, cache, options }: PassOptions,
): Promise<Float32Array[]> {
  const length = rows[0]!.tokens.length - cache.length;
  plan.begin(step, cache.length, length);
  const program = new Program(backend);
  const isLastOnly = !plan.wants("logits") && !plan.patches("logits");
  const inputs = { ...inputsOf(prompt, rows, length), cache, isLastOnly };
  const { logits } = network.forward(inputs, new Probe(program, plan));
  const [, T, V] = logits!.shape as readonly [number, number, number];
  let last: Float32Array = new Float32Array();
  program.read(slice(logits!, 1, T - 1, T), ({ data }) => {
    last = data;
  });
  program.finish();
  await execute(program, { signal: options.signal });
  cache.length += length;
  if (options.patch?.length)
    expectNoOverflow(plan.passTrace, { logits: new Tensor([rows.length, V], last) });
  return rows.map((_, row) => last.subarray(row * V, (row + 1) * V));
}

/** Inputs of the last columns of all rows; of all columns, those of one pass over the whole text. */
function inputsOf({ inputs }: Prepared, rows: readonly WrittenRow[], columns: number): Inputs {
  const flat = (part: (row: WrittenRow) => readonly number[]) =>
    Int32Array.from(rows.flatMap((row) => part(row)));
  const ids = flat(({ tokens }) => tokens.slice(-columns).map(({ id }) => id));
  if (inputs.decoder) return { ...inputs, decoder: { length: columns, ids } };
  const isMasked = rows.some(({ mask }) => mask.includes(0));
  return {
    batch: rows.length,
    length: columns,
    ids,
    mask: isMasked ? flat(({ mask }) => mask) : undefined,
    positions: inputs.positions && flat(({ positions }) => positions.slice(-columns)),
  };
}

function startRows(
  prompt: Prepared,
  input: RunInput,
  {
    model,
    most,
    options,
  }: { readonly model: Generator; readonly most: number; readonly options: GenerateOptions },
): WrittenRow[] {
  const { tokenizer, label } = model;
  const { inputs, tokens } = prompt;
  const endIds = new Set(options.endIds ?? endIdsOf(model));
  const texts = promptTexts(prompt, input, tokenizer);
  const mask = inputs.decoder ? undefined : inputs.mask;
  if (inputs.decoder?.mask?.includes(0))
    throw new InputError(
      `${label}: the decoder's rows go on at their ends, so they cannot be padded`,
    );
  return (tokens.decoder ?? tokens.main).map(
    (own, number) =>
      new WrittenRow({
        tokens: own,
        mask: mask && [...mask.subarray(number * inputs.length, (number + 1) * inputs.length)],
        prompt: texts[number]!,
        offset: inputs.decoder ? 0 : texts[number]!.length,
        most,
        endIds,
        stop: options.stop ?? [],
        tokenizer,
      }),
  );
}

/** How many tokens fit behind the prompt, at most as many as were asked for. */
function tokensLeft(
  asked: number,
  columns: number,
  { network, label }: Generator,
  onWarning?: (message: string) => void,
): number {
  if (!Number.isInteger(asked) || asked < 1)
    throw new InputError(`generate: maxNewTokens is ${asked}; it must be a whole number from 1`);
  const { positions } = network.dimensions;
  if (positions === undefined || network.decoderStartId !== undefined) return asked;
  const left = positions - columns;
  if (asked <= left) return asked;
  if (network.isUnbounded) {
    onWarning?.(
      `${label}: ${columns + asked} tokens; the model was trained on texts of ${positions}`,
    );
    return asked;
  }
  if (left < 1)
    throw new InputError(
      `${label}: the prompt takes all ${positions} positions the model has, so there is no room behind it. Give a shorter prompt`,
    );
  onWarning?.(
    `${label}: ${left} tokens are written, not ${asked}: the model has positions for ${positions}, the prompt takes ${columns}`,
  );
  return left;
}

/** The ids that end a text: generation_config.json's, else config.json's, else those of the class; null is none. */
function endIdsOf({ generationConfig, config, network }: Generator): number[] {
  const ofClass = config.eos_token_id === undefined ? network.endId : config.eos_token_id;
  const named = generationConfig.eos_token_id ?? ofClass ?? [];
  return [named].flat().filter((id): id is number => typeof id === "number");
}

/** Every site's shape when the text is as long as it may become. */
function siteShapes(
  { sites }: Generator,
  { inputs }: Prepared,
  capacity: number,
): Map<string, readonly number[]> {
  return new Map(
    [...sites].map(([name, { shape, kind }]) => {
      const { stack, branch } = parseSite(name)!;
      const lengths = shape.map((size, axis) => {
        if (axis === 0) return inputs.batch;
        if (typeof size === "number") return size;
        const isOfEncoder =
          stack === "encoder." || (branch === "cross." && kind.axes[axis] === "S");
        return isOfEncoder ? inputs.length : capacity;
      });
      return [name, lengths];
    }),
  );
}

function expectWriter({ network, label, tokenizer }: Generator, stop: readonly string[]): void {
  if (!network.generates)
    throw new InputError(
      `${label} does not write texts: ${
        network.task === "language modeling"
          ? "its family cannot go on token by token"
          : `its head is for ${network.task}`
      }. Some that do: openai-community/gpt2, HuggingFaceTB/SmolLM-135M, google-t5/t5-small`,
    );
  if (!Array.isArray(stop) || stop.some((text) => typeof text !== "string" || text === ""))
    throw new InputError(
      `generate: stop is ${JSON.stringify(stop)}; it must be a list of texts, none of them empty`,
    );
  if (stop.length > 0 && !tokenizer)
    throw new InputError(
      `${label} has no tokenizer files, so no stop text can be met. Give endIds instead`,
    );
}
