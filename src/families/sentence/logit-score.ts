import {
  moduleConfig,
  type SentenceModule,
  type TextFiles,
} from "../../checkpoint/sentence-modules.ts";
import { CheckpointError } from "../../errors/errors.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { add, reshape, scale, slice } from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import type { Outputs, Readout } from "../family.ts";
import type { Inputs } from "../inputs.ts";
import { pool } from "./pooling.ts";

/** A pair's score of a language model: the logit of one word behind it, less that of another where there is one. */
export interface LogitScore {
  readonly trueId: number;
  readonly falseId?: number;
}

/** What modules.json says of it; undefined where it names no such module. Throws CheckpointError for ids that are none. */
export async function readLogitScore(
  modules: readonly SentenceModule[],
  files: TextFiles,
): Promise<LogitScore | undefined> {
  const module = modules.find(({ kind }) => kind === "LogitScore");
  if (!module) return undefined;
  const config = await moduleConfig(files, module);
  const { true_token_id: trueId, false_token_id: falseId, module_input_name: input } = config;
  const place = `${files.label}: ${module.folder}/config.json`;
  const isId = (id: unknown): id is number => Number.isInteger(id) && (id as number) >= 0;
  for (const [key, id] of Object.entries({ true_token_id: trueId, false_token_id: falseId ?? 0 }))
    if (!isId(id))
      throw new CheckpointError(
        `${place}: ${key} is ${JSON.stringify(id)}; it must be the id of a token, a whole number from 0`,
      );
  if (input !== undefined && input !== "causal_logits")
    throw new CheckpointError(
      `${place}: module_input_name is ${JSON.stringify(input)}; heed has causal_logits`,
    );
  return { trueId: trueId as number, falseId: isId(falseId) ? falseId : undefined };
}

/** The score of each row, (B, 1): of the logits behind its last token. */
export function logitScore(
  { final }: Outputs, // (B, T, C)
  { logits }: Readout,
  { batch, length, mask = new Int32Array(batch * length).fill(1) }: Inputs,
  { trueId, falseId }: LogitScore,
  program: Program,
): LazyTensor {
  const last = pool(final, ["lasttoken"], { mask, skipped: 0 }, program);
  const words = logits(reshape(last, [batch, 1, last.shape[1]!])); // (B, 1, V)
  const of = (id: number) => reshape(slice(words, 2, id, id + 1), [batch, 1]);
  return falseId === undefined ? of(trueId) : add(of(trueId), scale(of(falseId), -1));
}
