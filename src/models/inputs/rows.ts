import { InputError } from "../../errors/errors.ts";
import { dimensionsIn, isUnboundedIn, type Network } from "../../families/family.ts";
import type { Inputs } from "../../families/inputs.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Whole numbers by row: number[][], one row as number[], or flat with `batch` rows. */
export type Rows = readonly number[] | readonly (readonly number[])[];

/** Rows of whole numbers, one behind the other. Throws InputError for rows of several lengths and for other numbers. */
export function flatRows(
  rows: Rows,
  name: string,
): { data: Int32Array; rows: number; width: number } {
  const nested = (
    rows.length > 0 && typeof rows[0] === "number" ? [rows] : rows
  ) as readonly (readonly number[])[];
  const width = nested[0]?.length ?? 0;
  if (nested.length === 0 || width === 0)
    throw new InputError(`${name}: empty. Give at least one row with at least one number`);
  const data = new Int32Array(nested.length * width);
  for (const [row, numbers] of nested.entries()) {
    if (!Array.isArray(numbers) && !ArrayBuffer.isView(numbers))
      throw new InputError(
        `${name}: row ${row} is ${typeof numbers}, needs a list of whole numbers`,
      );
    if (numbers.length !== width)
      throw new InputError(
        `${name}: row 0 has ${width} numbers, row ${row} has ${numbers.length}. Pad them to one length and give a mask`,
      );
    for (const [place, number] of numbers.entries()) {
      if ((number | 0) !== number)
        throw new InputError(
          `${name}: row ${row}, place ${place} holds ${number}, needs a whole number${Number.isInteger(number) ? " of 32 bits" : ""}`,
        );
      data[row * width + place] = number;
    }
  }
  return { data, rows: nested.length, width };
}

/** Throws InputError for ids beyond a vocabulary, masks of other numbers than 0 and 1, and texts beyond the positions. */
export function checkIds(inputs: Inputs, network: Network, label: string): void {
  const { dimensions, audio } = network;
  const { vocabulary, positions } = dimensions;
  const ofDecoder = dimensionsIn(dimensions, "decoder.");
  const limit = isUnboundedIn(network, "") ? undefined : positions;
  for (const [name, ids, size] of [
    ["ids", inputs.ids, vocabulary],
    ["decoderIds", inputs.decoder?.ids, ofDecoder.vocabulary],
  ] as const)
    for (const [place, id] of (ids ?? []).entries())
      if (id < 0 || id >= size)
        throw new InputError(
          `${label}: ${name} holds ${id} at element ${place}; its vocabulary has ids 0 to ${size - 1}`,
        );
  for (const [name, mask] of [
    ["mask", inputs.mask],
    ["decoderMask", inputs.decoder?.mask],
  ] as const)
    if (mask?.some((value) => value !== 0 && value !== 1))
      throw new InputError(`${label}: ${name} must hold 1 (real) and 0 (padding) only`);
  if (inputs.hiddenPatches?.some((value) => value !== 0 && value !== 1))
    throw new InputError(`${label}: hiddenPatches must hold 1 (hidden) and 0 (seen) only`);
  const counted = countedTokens(inputs, network);
  if (limit !== undefined && !audio && counted > limit)
    throw new InputError(
      `${label}: ${counted} tokens, but the model has positions for ${limit}. Give a shorter text, or cut it`,
    );
  const { length: read = 0 } = inputs.decoder ?? {};
  const places = isUnboundedIn(network, "decoder.") ? undefined : ofDecoder.positions;
  if (places !== undefined && read > places)
    throw new InputError(
      `${label}: decoderIds have ${read} tokens, but the decoder has positions for ${places}. Give fewer`,
    );
}

/** How many positions the longest row takes: padding takes none where positions are counted past it. */
function countedTokens({ ids, positions, batch, length }: Inputs, network: Network): number {
  const { countsPastPadding, paddingId } = network;
  if (!countsPastPadding || !ids || positions) return length;
  const counts = Array.from(
    { length: batch },
    (_, row) =>
      ids.subarray(row * length, (row + 1) * length).filter((id) => id !== paddingId).length,
  );
  return Math.max(...counts);
}

/** Throws InputError for the first number of an input that is NaN or infinite: all that comes of it would be, too. */
export function expectNumbers({ data, shape }: Tensor, place: string): void {
  const wrong = data.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return;
  let rest = wrong;
  const indices = [...shape].reverse().map((size) => {
    const index = rest % size;
    rest = Math.floor(rest / size);
    return index;
  });
  throw new InputError(
    `${place}[${indices.reverse().join(", ")}] is ${data[wrong]}. Give numbers; were they divided by a deviation of 0?`,
  );
}
