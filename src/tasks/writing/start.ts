import { InputError } from "../../errors/errors.ts";
import { dimensionsIn, isUnboundedIn } from "../../families/family.ts";
import type { Prepared } from "../../models/inputs.ts";
import { parseSite } from "../../probe/sites.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { WrittenRow } from "../written-row.ts";
import type { Generator } from "./pass.ts";
import type { WritingSettings } from "./settings.ts";

/** How many tokens are written where nothing says it. */
const usualTokens = 40;

/** Each row of the prompt, with nothing written yet; `texts` are the prompts. */
export function startRows(
  { tokenizer, label }: Generator,
  { inputs, tokens }: Prepared,
  texts: readonly string[],
  { most, settings }: { readonly most: number; readonly settings: WritingSettings },
): WrittenRow[] {
  const endIds = new Set(settings.endIds);
  const mask = inputs.decoder ? undefined : inputs.mask;
  if (inputs.decoder?.mask?.includes(0))
    throw new InputError(
      `${label}: the decoder's rows go on at their ends, so they cannot be padded`,
    );
  return (tokens.decoder ?? tokens.main).map(
    (own, number) =>
      new WrittenRow({
        tokens: own,
        mask: mask && [...mask.subarray(number * inputs.length, (number + 1) * inputs.length)],
        prompt: texts[number]!,
        offset: inputs.decoder ? 0 : texts[number]!.length,
        most,
        endIds,
        stop: settings.stop,
        tokenizer,
      }),
  );
}

/** How many tokens fit behind the prompt, at most as many as were asked for. */
export function tokensLeft(
  { maxNewTokens, maxLength }: WritingSettings,
  columns: number,
  { network, label }: Generator,
  onWarning?: (message: string) => void,
): number {
  const asked = maxNewTokens ?? (maxLength === undefined ? usualTokens : maxLength - columns);
  if (asked < 1)
    throw new InputError(
      `${label}: the prompt has ${columns} tokens, and maxLength is ${maxLength}. Give a larger one, or maxNewTokens`,
    );
  const stack = network.dimensions.decoderLayers === undefined ? "" : "decoder.";
  const { positions } = dimensionsIn(network.dimensions, stack);
  if (positions === undefined) return asked;
  const left = positions - columns;
  if (asked <= left) return asked;
  if (isUnboundedIn(network, stack)) {
    onWarning?.(
      `${label}: ${columns + asked} tokens; the model was trained on texts of ${positions}`,
    );
    return asked;
  }
  if (left < 1)
    throw new InputError(
      `${label}: the prompt takes all ${positions} positions the model has, so there is no room behind it. Give a shorter prompt`,
    );
  onWarning?.(
    `${label}: ${left} tokens are written, not ${asked}: the model has positions for ${positions}, the prompt takes ${columns}`,
  );
  return left;
}

/** Every site's shape when the text is as long as it may become. */
export function siteShapes(
  { sites }: Generator,
  { inputs }: Prepared,
  capacity: number,
): Map<string, readonly number[]> {
  return new Map(
    [...sites].map(([name, { shape, kind }]) => {
      const { stack, branch } = parseSite(name)!;
      const lengths = shape.map((size, axis) => {
        if (axis === 0) return inputs.batch;
        if (typeof size === "number") return size;
        const isOfEncoder =
          stack === "encoder." || (branch === "cross." && kind.axes[axis] === "S");
        return isOfEncoder ? inputs.length : capacity;
      });
      return [name, lengths];
    }),
  );
}

/** Throws InputError for a model that does not write. */
export function expectWriter({ network, label }: Generator): void {
  if (!network.generates)
    throw new InputError(
      `${label} does not write texts: ${
        network.task === "language modeling"
          ? "its family cannot go on token by token"
          : `its head is for ${network.task}`
      }. Some that do: openai-community/gpt2, HuggingFaceTB/SmolLM-135M, google-t5/t5-small`,
    );
}

/** Every row several times, one behind the other. */
export function repeatRows({ inputs, tokens }: Prepared, times: number): Prepared {
  if (times === 1) return { inputs, tokens };
  const rows = <T>(all: readonly T[]) => repeated(all, times);
  const flat = (data: Int32Array | undefined, length: number) =>
    data &&
    Int32Array.from(
      rows(
        Array.from({ length: inputs.batch }, (_, row) => [
          ...data.subarray(row * length, (row + 1) * length),
        ]),
      ).flat(),
    );
  const { decoder, length } = inputs;
  return {
    inputs: {
      ...inputs,
      batch: inputs.batch * times,
      ids: flat(inputs.ids, length),
      mask: flat(inputs.mask, length),
      types: flat(inputs.types, length),
      positions: flat(inputs.positions, length),
      features: inputs.features && repeatFeatures(inputs.features, times),
      decoder: decoder && {
        length: decoder.length,
        ids: flat(decoder.ids, decoder.length)!,
        mask: flat(decoder.mask, decoder.length),
      },
    },
    tokens: { main: rows(tokens.main), decoder: tokens.decoder && rows(tokens.decoder) },
  };
}

/** Features (B, mel bins, frames), each sound's several times. */
function repeatFeatures({ shape, data }: Tensor, times: number): Tensor {
  const [batch, ...rest] = shape as readonly [number, number, number];
  const size = data.length / batch;
  const all = new Float32Array(data.length * times);
  for (let row = 0; row < batch * times; row++) {
    const from = Math.floor(row / times) * size;
    all.set(data.subarray(from, from + size), row * size);
  }
  return new Tensor([batch * times, ...rest], all);
}

/** Each of some things several times, one behind the other. */
export function repeated<T>(all: readonly T[], times: number): T[] {
  return all.flatMap((one) => new Array<T>(times).fill(one));
}
