/** Random tokens that stand there again, the text for prefix matching and copying (Olsson et al. 2022, arXiv 2209.11895, appendix): t_{i+S} = t_i. */

import { InputError } from "../../errors/errors.ts";
import { expectKeys } from "../../errors/options.ts";
import { makeRandom } from "../../tasks/sampling.ts";

/** Random texts that repeat themselves. */
export interface RepeatOptions {
  readonly seed: number;
  /** Ids to draw from. */
  readonly ids: readonly number[];
  /** Tokens before they repeat; 25 if not given. */
  readonly length?: number;
  /** How often they stand there; 2 if not given. */
  readonly repeats?: number;
  /** How many texts; 10 if not given. */
  readonly texts?: number;
  /** Ids around each text: [CLS] before, [SEP] behind. */
  readonly before?: readonly number[];
  readonly behind?: readonly number[];
}

/**
 * Texts of random tokens, each text's all different, that stand there several times: what a head does there it does for no meaning (Olsson
 * et al. 2022, "In-context learning and induction heads", appendix on prefix matching, which repeats 25 tokens 4 times). The same seed
 * draws the same texts everywhere.
 */
export function randomRepeats(options: RepeatOptions): number[][] {
  expectKeys(
    options,
    { seed: true, ids: true, length: true, repeats: true, texts: true, before: true, behind: true },
    "randomRepeats",
  );
  const { seed, length = 25, repeats = 2, texts = 10, before = [], behind = [] } = options;
  const ids = [...new Set(options.ids)];
  if (ids.length < length)
    throw new InputError(
      `randomRepeats: ${length} different tokens are to be drawn, but there are ${ids.length}. Ask for a shorter length`,
    );
  const random = makeRandom(seed);
  return Array.from({ length: texts }, () => {
    const chosen = new Set<number>();
    while (chosen.size < length) chosen.add(ids[Math.floor(random() * ids.length)]!);
    const row = [...chosen];
    return [...before, ...Array.from({ length: repeats }, () => row).flat(), ...behind];
  });
}
