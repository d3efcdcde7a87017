import type { KeysOf } from "../errors/options.ts";
import type { Truncation } from "./truncate.ts";

/** How a text is encoded. */
export interface EncodeOptions {
  /** The second text of a pair; an empty one is still a second text. */
  readonly pair?: string;
  /** Whether the tokenizer puts in its special tokens; true when absent. */
  readonly addSpecialTokens?: boolean;
  /**
   * The most tokens to give, special ones included; a text is cut on `truncationSide`. Without it nothing is cut: a tokenizer's file may ask
   * for truncation, which only this option does.
   */
  readonly maxLength?: number;
  /** Which text of a pair is cut; the longer first if not said. */
  readonly truncation?: Truncation;
  /** Told in one sentence when tokens were cut, and of which text in a batch; `Encoding.cut` counts them too. */
  readonly onWarning?: (message: string) => void;
}

/** How a text is encoded in steps. */
export interface StepwiseOptions extends EncodeOptions {
  /** Ends the encoding between two steps: the promise rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** How a batch is encoded. */
export interface BatchOptions extends Omit<EncodeOptions, "pair"> {
  readonly paddingSide?: "left" | "right";
}

/** How rows are padded. */
export interface PadOptions {
  readonly paddingSide?: "left" | "right";
  /** The least length. */
  readonly length?: number;
}

/** Keys of EncodeOptions. */
export const encodeOptions: KeysOf<EncodeOptions> = {
  pair: true,
  addSpecialTokens: true,
  maxLength: true,
  truncation: true,
  onWarning: true,
};

/** Keys of StepwiseOptions. */
export const stepwiseOptions: KeysOf<StepwiseOptions> = { ...encodeOptions, signal: true };

/** Keys of BatchOptions. */
export const batchOptions: KeysOf<BatchOptions> = {
  addSpecialTokens: true,
  maxLength: true,
  truncation: true,
  onWarning: true,
  paddingSide: true,
};

/** Keys of PadOptions. */
export const padOptions: KeysOf<PadOptions> = { paddingSide: true, length: true };
