import { Cache } from "../attention/cache.ts";
import { InputError } from "../errors/errors.ts";
import { expectFlags, expectKeys, type KeysOf } from "../errors/options.ts";
import { keepWarnings } from "../errors/warnings.ts";
import type { Prepared, RunInput } from "../models/inputs.ts";
import {
  type GenerationPatch,
  GenerationPlan,
  type GenerationRead,
} from "../probe/generation-plan.ts";
import type { PatchList } from "../probe/patch.ts";
import { Generation, type TokenEvent } from "./generation.ts";
import { preparePrompt, promptTexts } from "./prompt.ts";
import { makeSampler } from "./sampling.ts";
import { type Found, searchBeams } from "./writing/beams.ts";
import { optionRules, type WritingOptions } from "./writing/options.ts";
import { expectNumbers, type Generator, inputsOf, pass } from "./writing/pass.ts";
import { type Processor, processed } from "./writing/processors.ts";
import { settingsOf, type WritingSettings } from "./writing/settings.ts";
import {
  expectWriter,
  repeated,
  repeatRows,
  siteShapes,
  startRows,
  tokensLeft,
} from "./writing/start.ts";
import type { WrittenRow } from "./written-row.ts";

/** How texts are written, followed and changed. */
export interface GenerateOptions extends WritingOptions {
  /** Sites to read, in all passes or some (`step`): what comes out is what one pass over the whole text gives. */
  readonly read?: readonly GenerationRead[];
  /** Changes, in all passes or some (`step`); a patched k or v is what later passes see. One list for all rows, or one a prompt. */
  readonly patch?: PatchList<GenerationPatch>;
  /** Stops between layers. */
  readonly signal?: AbortSignal;
  /** Told of every token as it is chosen, with beams when all are; generation goes on when it has returned. */
  readonly onToken?: (event: TokenEvent) => void | Promise<void>;
  /** Told of warnings, such as a prompt that is cut, instead of `load`'s own listener; they stand in `generation.warnings` too. */
  readonly onWarning?: (message: string) => void;
}

/** What a task that generates decides itself. */
export interface GenerateTask {
  /** False for texts that hold their special tokens already. */
  readonly addSpecialTokens?: boolean;
  /** What it does to scores behind all that the settings do. */
  readonly processors?: readonly Processor[];
}

export const generateOptions: KeysOf<GenerateOptions> = {
  ...optionRules,
  read: true,
  patch: true,
  signal: true,
  onToken: true,
  onWarning: true,
};

/**
 * Writes on, token by token, with a cache of keys and values allocated once. With reads, the last token goes through the
 * model too, so that the trace covers the whole text. What beams find is read in passes over the texts that are given.
 */
export async function generate(
  model: Generator,
  input: RunInput,
  options: GenerateOptions = {},
  { addSpecialTokens, processors = [] }: GenerateTask = {},
): Promise<Generation> {
  expectKeys(options, generateOptions, "generate");
  expectFlags({ addSpecialTokens }, "generate");
  const { network, tokenizer, label } = model;
  const { read = [], patch = [] } = options;
  const { warnings, warn: onWarning } = keepWarnings(options.onWarning ?? model.onWarning);
  expectWriter(model);
  const { endId, forcedEndId } = network;
  const settings = settingsOf({
    ...model,
    options: withLanguage(options, tokenizer),
    endId,
    forcedEndId,
    onWarning,
  });
  if (settings.stop.length > 0 && !tokenizer)
    throw new InputError(
      `${label} has no tokenizer files, so no stop text can be met. Give endIds instead`,
    );
  const each = preparePrompt(input, {
    label,
    network: startingNetwork(model),
    tokenizer,
    onWarning,
    addSpecialTokens,
  });
  const columns = each.inputs.decoder?.length ?? each.inputs.length;
  const most = tokensLeft(settings, columns, model, onWarning);
  const texts = promptTexts(each, input, tokenizer);
  const times = settings.numReturnSequences;
  const prompt = repeatRows(each, times);
  const rows = startRows(model, prompt, repeated(texts, times), { most, settings });
  const capacity = columns + most;
  const planFor = (rowsOf: Prepared, times: number, reads: readonly GenerationRead[]) =>
    new GenerationPlan(
      reads,
      patch.some(Array.isArray) ? repeated(patch, times) : patch,
      {
        tokens: rowsOf.tokens,
        sites: siteShapes(model, rowsOf, capacity),
        capacity,
        passes: most + (reads.length > 0 ? 1 : 0),
      },
      model.absent,
    );
  const plan = planFor(prompt, times, read);
  const sampler = makeSampler(settings, rows.length);
  const started = { each, settings, capacity, texts, most, sampler, processors };
  const search = settings.numBeams > 1 ? { ...started, planFor, options } : undefined;
  const found = search && (await searchBeams(model, search));
  await write(model, {
    rows,
    prompt,
    plan,
    settings,
    capacity,
    sampler,
    found,
    processors,
    options,
  });
  const written = rows.map(({ tokens }) => tokens);
  const isBeside = prompt.inputs.decoder !== undefined;
  // Without reads nothing but the search itself has come by the patches.
  const trace = (found && read.length === 0 ? found.plan : plan).finish(onWarning);
  return new Generation(
    {
      tokens: isBeside ? prompt.tokens.main : written,
      decoderTokens: isBeside ? written : undefined,
      trace,
      output: {},
      warnings,
      inputs: inputsOf(prompt, rows, written[0]!.length),
    },
    {
      rows: rows.map((row, number) => ({ ...row.result(), score: found?.texts[number]?.score })),
      seed: sampler.seed,
      settings: { ...settings, seed: sampler.seed, maxNewTokens: most },
    },
  );
}

/** With the language that was asked for, what is written begins with its token. */
function withLanguage(
  options: GenerateOptions,
  tokenizer: Generator["tokenizer"],
): GenerateOptions {
  const first = tokenizer?.languages?.targetId;
  return { ...options, forcedBosTokenId: options.forcedBosTokenId ?? first };
}

interface Writing {
  readonly rows: readonly WrittenRow[];
  readonly prompt: Prepared;
  readonly plan: GenerationPlan;
  readonly settings: WritingSettings;
  readonly capacity: number;
  readonly sampler: ReturnType<typeof makeSampler>;
  /** What beams have found; undefined where tokens are chosen one by one. */
  readonly found: Found | undefined;
  readonly processors: readonly Processor[];
  readonly options: GenerateOptions;
}

/** Pass after pass until every row has ended. */
async function write(
  model: Generator,
  { rows, prompt, plan, settings, capacity, sampler, found, processors, options }: Writing,
): Promise<void> {
  const isRead = (options.read ?? []).length > 0;
  const cache = new Cache(model.backend, capacity);
  const promptColumns = rows[0]!.columns.length;
  const reading = readIds(prompt);
  try {
    for (let step = 0; ; step++) {
      const isWritten = rows.every(({ ended }) => ended !== undefined);
      if (isWritten && !isRead) break;
      const logits =
        found && !isRead
          ? []
          : await pass(model, {
              prompt,
              rows,
              step,
              plan,
              cache,
              isPatched: (options.patch ?? []).length > 0,
              signal: options.signal,
            });
      if (isWritten) break;
      for (const [number, row] of rows.entries()) {
        if (row.ended) {
          row.pad(model.network.paddingId);
          continue;
        }
        const own = logits[number];
        if (own) expectNumbers(own, { label: model.label, row: number, step });
        const past = { columns: row.columns, ids: row.ids, promptColumns, read: reading[number] };
        const id =
          found?.texts[number]?.ids[promptColumns + step] ??
          sampler.next(number, processed(own!, past, settings, capacity, processors));
        const event = row.write(id);
        await options.onToken?.({ ...event, row: number, step, trace: plan.passTrace });
      }
    }
  } finally {
    cache.release();
  }
}

/** What each row's encoder reads, or the prompt where there is none; no ids of sound. */
function readIds({ inputs: { ids, length, batch } }: Prepared): (number[] | undefined)[] {
  if (!ids) return [];
  return Array.from({ length: batch }, (_, row) => [
    ...ids.subarray(row * length, (row + 1) * length),
  ]);
}

/** The network, whose decoder begins with one token alone: as generation_config.json names it. */
function startingNetwork({ network, generationConfig }: Generator): Generator["network"] {
  const { decoder_start_token_id: start } = generationConfig;
  const { decoderStartId } = network;
  if (decoderStartId === undefined) return network;
  const own = typeof start === "number" ? start : decoderStartId;
  return { ...network, decoderStartId: own, decoderFollowsIds: false };
}
