import { Run, type RunRecord } from "../models/run.ts";
import type { Trace } from "../probe/trace.ts";
import type { TextToken } from "../probe/words.ts";
import type { WritingSettings } from "./writing/settings.ts";

/** Why a row ended: a token that ends texts, a stop string, or as many tokens as were asked for. */
export type Ended = "end" | "stop" | "length";

/** One row of a generation. */
export interface GeneratedRow {
  /** The prompt as a text; of ids, what they stand for. */
  readonly prompt: string;
  /** What was written: without special tokens, up to a stop string. Empty where the model has no tokenizer. */
  readonly text: string;
  /** Ids of the prompt and of what was written, without padding; of an encoder-decoder, the decoder's. */
  readonly ids: readonly number[];
  /** How many of these ids are the prompt's. */
  readonly promptLength: number;
  readonly ended: Ended;
  /** The stop string that was met. */
  readonly stoppedBy?: string;
  /** Of beams: the log-probability of what was written, divided by its tokens to the power of the length penalty. */
  readonly score?: number;
}

/** One new token, as soon as it is chosen. */
export interface TokenEvent {
  readonly row: number;
  /** The pass that chose it: 0 is the prompt's. */
  readonly step: number;
  readonly token: TextToken;
  /** Text that is now final: whole characters, and no beginning of a stop string. May be empty, and belong to earlier tokens. */
  readonly text: string;
  /** Set on a row's last token. */
  readonly ended: Ended | undefined;
  /** What that pass read: rows of its own tokens. */
  readonly trace: Trace;
}

/**
 * What generating leaves behind: a run over the prompts and all that was written, so that its trace, words and weights are
 * those of one pass over the whole.
 */
export class Generation extends Run {
  readonly rows: readonly GeneratedRow[];
  /** What repeats the choices that were left to chance; undefined where there were none. */
  readonly seed: number | undefined;
  /** What it went by: options, what the checkpoint's files say (`fromFile` names those), and defaults. */
  readonly settings: WritingSettings;

  constructor(
    record: RunRecord,
    { rows, seed, settings }: Pick<Generation, "rows" | "seed" | "settings">,
  ) {
    super(record);
    this.rows = rows;
    this.seed = seed;
    this.settings = settings;
  }
}
