import { InputError } from "../../errors/errors.ts";
import type { StaticWords } from "../../families/sentence/sparse-routes.ts";
import { tokenOfId } from "../../models/padding-token.ts";
import { textTokens } from "../../probe/text-tokens.ts";
import { execute } from "../../tensor/execute.ts";
import { multiply } from "../../tensor/operations.ts";
import { Program } from "../../tensor/program.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Row, RowsOptions, RowText, TextReader } from "./text-rows.ts";

/** The weights of the words each text holds, without special tokens and without a pass of the model. A text that is cut is told to `warn`. */
export async function staticRows(
  { tokenizer, backend, label }: TextReader,
  texts: readonly RowText[],
  { weights, maxLength }: StaticWords,
  { batchSize = 32, signal, warn }: RowsOptions & { readonly warn: (message: string) => void },
): Promise<Row[]> {
  const [V] = weights.shape as readonly [number];
  if (!tokenizer)
    throw new InputError(
      `${label} has no tokenizer that heed reads, so it cannot read a text. Give its tokenizer's files (tokenizer.json) beside the others`,
    );
  const most = maxLength ?? tokenizer.maxLength;
  const rows: Row[] = [];
  for (let start = 0; start < texts.length; start += batchSize) {
    const given = texts.slice(start, start + batchSize);
    const presence = new Float32Array(given.length * V);
    const tokens = given.map(({ text, ids }, row) => {
      const own = tokenizer.encode(text, { addSpecialTokens: false, maxLength: most });
      for (const id of ids ?? own.ids) {
        if (id < 0 || id >= V)
          throw new InputError(`${label}: token ${id} has no weight; there are ${V} words`);
        presence[row * V + id] = 1;
      }
      if (!ids && own.cut > 0)
        warn(
          `${label}: text ${start + row} has ${own.ids.length + own.cut} tokens, and its tokenizer takes ${most}: ${own.cut} are cut off`,
        );
      return ids ? ids.map((id, n) => tokenOfId(id, n, tokenizer)) : textTokens(own.tokens, [text]);
    });
    const program = new Program(backend);
    let made: Tensor | undefined;
    const held = program.input(presence, [given.length, V], "words of the texts");
    program.read(multiply(held, weights), (tensor) => {
      made = tensor;
    });
    program.finish();
    await execute(program, { signal });
    for (const [row, own] of tokens.entries())
      rows.push({ tokens: own, numbers: made!.select(row).data.slice() });
  }
  return rows;
}
