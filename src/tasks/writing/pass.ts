import type { Cache } from "../../attention/cache.ts";
import { InputError } from "../../errors/errors.ts";
import type { RawConfig } from "../../families/config.ts";
import type { Network } from "../../families/family.ts";
import type { Inputs } from "../../families/inputs.ts";
import type { Prepared } from "../../models/inputs.ts";
import type { ModelSite } from "../../models/reached-sites.ts";
import type { GenerationPlan } from "../../probe/generation-plan.ts";
import { expectNoOverflow } from "../../probe/overflow.ts";
import { Probe } from "../../probe/probe.ts";
import type { Backend } from "../../tensor/backend.ts";
import { execute } from "../../tensor/execute.ts";
import { slice } from "../../tensor/operations.ts";
import { Program } from "../../tensor/program.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Tokenizer } from "../../tokens/tokenizer.ts";

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

/** A row of the text as the model reads it, column by column. */
export interface Columns {
  /** Ids, padding included. */
  readonly columns: readonly number[];
  /** 1 real token, 0 padding. */
  readonly mask: readonly number[];
  /** Position ids. */
  readonly positions: readonly number[];
}

interface PassOptions {
  readonly prompt: Prepared;
  readonly rows: readonly Columns[];
  readonly step: number;
  readonly plan: GenerationPlan;
  readonly cache: Cache;
  readonly isPatched: boolean;
  readonly signal: AbortSignal | undefined;
}

/** One pass over the tokens the cache does not have yet; gives each row's last logits (V). */
export async function pass(
  { network, backend }: Generator,
  { prompt, rows, step, plan, cache, isPatched, signal }: PassOptions,
): Promise<Float32Array[]> {
  const whole = rows[0]!.columns.length;
  const { renewsPast = Infinity } = network;
  if (cache.length <= renewsPast && whole > renewsPast) cache.length = 0;
  const length = whole - cache.length;
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
  await execute(program, { signal });
  cache.length += length;
  if (isPatched) expectNoOverflow(plan.passTrace, { logits: new Tensor([rows.length, V], last) });
  return rows.map((_, row) => last.subarray(row * V, (row + 1) * V));
}

/** Throws InputError where a row's logits (V) hold NaN: nothing could be chosen by them, and beams would choose by chance. */
export function expectNumbers(
  logits: Float32Array,
  { label, row, step }: { readonly label: string; readonly row: number; readonly step: number },
): void {
  const id = logits.findIndex(Number.isNaN);
  if (id >= 0)
    throw new InputError(
      `generate: the logits are not finite numbers: in step ${step} those of row ${row} are NaN (first at id ${id}), so no token can be chosen. Either ${label} holds such numbers, which load says, or a patch makes them`,
    );
}

/** Inputs of the last columns of all rows; of all columns, those of one pass over the whole text. */
export function inputsOf({ inputs }: Prepared, rows: readonly Columns[], columns: number): Inputs {
  const flat = (part: (row: Columns) => readonly number[]) =>
    Int32Array.from(rows.flatMap((row) => part(row)));
  const ids = flat((row) => row.columns.slice(-columns));
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
