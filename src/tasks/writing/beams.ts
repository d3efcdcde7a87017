import { Cache } from "../../attention/cache.ts";
import { InputError } from "../../errors/errors.ts";
import type { Prepared } from "../../models/inputs.ts";
import type {
  GenerationPatch,
  GenerationPlan,
  GenerationRead,
} from "../../probe/generation-plan.ts";
import type { PatchList } from "../../probe/patch.ts";
import { execute } from "../../tensor/execute.ts";
import { Program } from "../../tensor/program.ts";
import { TextStream } from "../../tokens/text-stream.ts";
import type { Sampler } from "../sampling.ts";
import { type Columns, expectNumbers, type Generator, pass } from "./pass.ts";
import { type Processor, processed } from "./processors.ts";
import { type Candidate, PromptBeams } from "./prompt-beams.ts";
import type { WritingSettings } from "./settings.ts";
import { repeatRows } from "./start.ts";
import { logSoftmax, warped } from "./warpers.ts";

/** What a search begins with. */
export interface SearchStart {
  /** The prompts, each once. */
  readonly each: Prepared;
  readonly settings: WritingSettings;
  /** Columns of the longest text there may be. */
  readonly capacity: number;
  readonly sampler: Sampler;
  readonly processors: readonly Processor[];
  readonly planFor: (
    rows: Prepared,
    times: number,
    reads: readonly GenerationRead[],
  ) => GenerationPlan;
  readonly options: {
    readonly patch?: PatchList<GenerationPatch>;
    readonly signal?: AbortSignal;
  };
}

/** What a search has found. */
export interface Found {
  /** The texts that are given, those of a prompt one behind the other, best first. */
  readonly texts: readonly {
    /** Ids of all columns, padding before the prompt included. */
    readonly ids: readonly number[];
    /** Log-probability of what was written, divided by its length to the power of the penalty. */
    readonly score: number;
  }[];
  /** What the passes of the search went by. */
  readonly plan: GenerationPlan;
}

/** Follows the likeliest texts of each prompt at once, as transformers' beam search does. */
export async function searchBeams(model: Generator, start: SearchStart): Promise<Found> {
  const { each, settings, capacity, sampler, processors, planFor, options } = start;
  const { numBeams, numReturnSequences, endIds } = settings;
  expectEveryRow(options.patch ?? []);
  const prompt = repeatRows(each, numBeams);
  const plan = planFor(prompt, numBeams, []);
  const first = startColumns(prompt);
  const promptColumns = first[0]!.columns.length;
  const prompts = Array.from(
    { length: each.inputs.batch },
    (_, number) =>
      new PromptBeams(first[number * numBeams]!.columns, { ...settings, capacity, promptColumns }),
  );
  const kept = Math.max(2, 1 + endIds.length) * numBeams;
  const least = endIds.length + 1;
  const read = each.inputs.ids ? rowsOf(each.inputs.ids, each.inputs.length) : [];
  const isEnd = endTest(model, settings, promptColumns, capacity);
  const cache = new Cache(model.backend, capacity);
  let rows: readonly Columns[] = first;
  try {
    for (let step = 0; ; step++) {
      const isPatched = (options.patch ?? []).length > 0;
      const { signal } = options;
      const logits = await pass(model, { prompt, rows, step, plan, cache, isPatched, signal });
      let isOver = true;
      for (const [number, beams] of prompts.entries()) {
        const scores = beams.running.map(({ columns }, beam) => {
          const row = number * numBeams + beam;
          const mask = rows[row]!.mask;
          const ids = columns.filter((_, column) => mask[column] === 1);
          const past = { columns, ids, promptColumns, read: read[number] };
          expectNumbers(logits[row]!, { label: model.label, row, step });
          const own = processed(logSoftmax(logits[row]!), past, settings, capacity, processors);
          const left = settings.doSample ? warped(own, settings, least) : own;
          return settings.renormalizeLogits ? logSoftmax(left) : left;
        });
        const all = beams.accumulated(scores);
        const chosen = settings.doSample
          ? sampler.several(number, all, kept).sort((a, b) => all[b]! - all[a]!)
          : largest(all, kept);
        const V = scores[0]!.length;
        const candidates: Candidate[] = chosen.map((place) => {
          const parent = Math.floor(place / V);
          const columns = [...beams.running[parent]!.columns, place % V];
          return { parent, columns, score: all[place]!, isEnded: isEnd(columns) };
        });
        beams.advance(candidates);
        if (candidates.some(({ isEnded }) => !isEnded)) isOver = false;
      }
      if (isOver || !prompts.some(({ isOpen }) => isOpen)) break;
      if (settings.earlyStopping === true && prompts.every(({ isFull }) => isFull)) break;
      rows = await follow(model, cache, rows, prompts);
    }
  } finally {
    cache.release();
  }
  const texts = prompts.flatMap(({ finished }) =>
    finished.slice(0, numReturnSequences).map(({ columns, score }) => ({ ids: columns, score })),
  );
  if (texts.some(({ ids }) => ids.length === promptColumns))
    throw new InputError(
      `generate: the options forbid every token behind ${model.label}'s prompt in some of ${numReturnSequences} texts. Forbid less (badWordsIds, suppressTokens, minLength), or ask for fewer (numReturnSequences)`,
    );
  return { texts, plan };
}

/** The rows as the beams go on: each from the row it comes from, whose keys and values it takes over. */
async function follow(
  { backend }: Generator,
  cache: Cache,
  rows: readonly Columns[],
  prompts: readonly PromptBeams[],
): Promise<Columns[]> {
  const parents = prompts.flatMap(({ running }, number) =>
    running.map(({ parent }) => number * running.length + parent),
  );
  if (parents.some((parent, row) => parent !== row)) {
    const program = new Program(backend);
    cache.reorder(parents, program);
    program.finish();
    await execute(program, {});
  }
  return prompts
    .flatMap(({ running }) => running)
    .map(({ columns }, row) => {
      const { mask, positions } = rows[parents[row]!]!;
      const next = mask.filter((isReal) => isReal === 1).length;
      return { columns, mask: [...mask, 1], positions: [...positions, next] };
    });
}

/** Whether a text is at its end: an id that ends texts, a stop string, or no room. */
function endTest(
  { tokenizer }: Generator,
  { endIds, stop }: WritingSettings,
  promptColumns: number,
  capacity: number,
): (columns: readonly number[]) => boolean {
  const ends = new Set(endIds);
  return (columns) => {
    if (ends.has(columns.at(-1)!) || columns.length >= capacity) return true;
    if (stop.length === 0) return false;
    const stream = new TextStream(tokenizer!, columns.slice(0, promptColumns), stop);
    for (const id of columns.slice(promptColumns)) stream.push(id);
    return stream.stoppedBy !== undefined;
  };
}

/** Places of the k largest scores, best first; of equal ones the first. */
function largest(scores: Float32Array, k: number): number[] {
  const best: number[] = [];
  for (let place = 0; place < scores.length; place++) {
    const score = scores[place]!;
    if (best.length === k && score <= scores[best[k - 1]!]!) continue;
    let at = best.length;
    while (at > 0 && scores[best[at - 1]!]! < score) at--;
    best.splice(at, 0, place);
    if (best.length > k) best.pop();
  }
  return best;
}

function startColumns({ inputs }: Prepared): Columns[] {
  const { ids, length } = inputs.decoder ?? { ids: inputs.ids!, length: inputs.length };
  const all = rowsOf(ids, length);
  const masks = inputs.decoder || !inputs.mask ? undefined : rowsOf(inputs.mask, length);
  return all.map((columns, row) => {
    const mask = masks?.[row] ?? columns.map(() => 1);
    let next = 0;
    return { columns, mask, positions: mask.map((isReal) => (isReal ? next++ : 0)) };
  });
}

function rowsOf(flat: Int32Array, length: number): number[][] {
  return Array.from({ length: flat.length / length }, (_, row) => [
    ...flat.subarray(row * length, (row + 1) * length),
  ]);
}

/** Throws InputError for a patch of some rows: while beams are followed, rows are not yet those that are given. */
function expectEveryRow(patch: PatchList<GenerationPatch>): void {
  const named = patch.flat().find((one) => one?.text !== undefined);
  if (named)
    throw new InputError(
      `generate: the patch of ${named.site} names text ${JSON.stringify(named.text)}, and with numBeams rows are not counted before the end. Give one list of patches a prompt`,
    );
}
