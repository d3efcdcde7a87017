import { InputError } from "../errors/errors.ts";
import { flatRows, type Rows } from "../models/inputs/rows.ts";
import {
  fromFirstReal,
  type InputContext,
  isText,
  type Prepared,
  prepareInput,
  type RunInput,
  type TensorInput,
} from "../models/inputs.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";

/** Prompts as a decoder goes on from them: shorter rows are padded on the left, so that every row's next token is the next column. */
export function preparePrompt(input: RunInput, context: InputContext): Prepared {
  // Beside an encoder, a decoder's rows all begin alike; the encoder's rows are padded as always.
  if (context.network.decoderStartId !== undefined) return prepareInput(input, context);
  const isOfTexts = isText(input) || (Array.isArray(input) && input.every(isText));
  if (isOfTexts || typeof input !== "object" || input === null)
    return expectTokens(prepareInput(input, { ...context, paddingSide: "left" }));
  const { ids, mask, ...others } = (Array.isArray(input) ? { ids: input } : input) as TensorInput;
  const [other] = Object.keys(others);
  if (other !== undefined || ids === undefined)
    throw new InputError(
      `generate: a prompt is a text, texts, ids, or { ids, mask }; ${other ? `it has ${other} too` : "it has no ids"}`,
    );
  const rows = leftPadded(realRows(ids, mask), context.network);
  return expectTokens(prepareInput(rows, context));
}

function expectTokens(prepared: Prepared): Prepared {
  const { batch, length, mask } = prepared.inputs;
  for (let row = 0; row < batch; row++)
    if (mask && !mask.subarray(row * length, (row + 1) * length).includes(1))
      throw new InputError(`generate: row ${row} has no tokens. Give at least one to go on from`);
  return prepared;
}

/** Each row's ids without its padding. */
function realRows(ids: Rows, mask: Rows | undefined): number[][] {
  const rows = nested(ids).map((row) => [...flatRows([row], "ids").data]);
  if (mask === undefined) return rows;
  const real = flatRows(mask, "mask");
  if (real.rows !== rows.length || rows.some((row) => row.length !== real.width))
    throw new InputError(
      `generate: the mask is (${real.rows}, ${real.width}), and ids are not of that shape`,
    );
  return rows.map((row, r) => row.filter((_, place) => real.data[r * real.width + place] === 1));
}

function leftPadded(
  rows: readonly (readonly number[])[],
  { paddingId, takes }: InputContext["network"],
): TensorInput {
  const length = rows.reduce((most, row) => Math.max(most, row.length), 0);
  if (rows.every((row) => row.length === length)) return { ids: rows };
  const before = (row: readonly number[], filler: number) =>
    new Array<number>(length - row.length).fill(filler);
  const mask = rows.map((row) => [...before(row, 0), ...row.map(() => 1)]);
  return {
    ids: rows.map((row) => [...before(row, paddingId), ...row]),
    mask,
    ...(takes.includes("positions") && { positions: fromFirstReal(mask) }),
  };
}

function nested(rows: Rows): readonly (readonly number[])[] {
  return (typeof rows[0] === "number" ? [rows] : rows) as readonly (readonly number[])[];
}

/** Each prompt as a text: as it was given, or what its ids stand for. */
export function promptTexts(
  { inputs, tokens }: Prepared,
  input: RunInput,
  tokenizer: Tokenizer | undefined,
): string[] {
  if (inputs.features) return tokens.main.map(() => "");
  const given = isText(input) ? [input] : Array.isArray(input) && input.every(isText) ? input : [];
  return tokens.main.map((row, number) => {
    const text = given[number];
    if (text !== undefined) return typeof text === "string" ? text : text.text;
    const ids = row.map(({ id }) => id);
    const real = ids.filter((_, place) => inputs.mask?.[number * inputs.length + place] !== 0);
    return tokenizer?.decode(real, { skipSpecialTokens: true }) ?? "";
  });
}
