import { InputError } from "../errors.ts";
import { Tensor } from "../tensor/tensor.ts";

/** What a run's input may hold, by name, as traces have it: rows of whole numbers, or tensors. */
export const inputKinds = {
  ids: "rows",
  mask: "rows",
  types: "rows",
  positions: "rows",
  decoderIds: "rows",
  decoderMask: "rows",
  globalMask: "rows",
  pixels: "tensor",
  permMask: "tensor",
  targetMapping: "tensor",
} as const;

/** Throws InputError for a name that is no input (mems, a misspelt one), and for lists where a Tensor is wanted. */
export function expectInputNames(input: object, label: string): void {
  for (const [name, value] of Object.entries(input)) {
    if (!Object.hasOwn(inputKinds, name))
      throw new InputError(
        `${label}: the input has "${name}", which heed does not take. It knows ${Object.keys(inputKinds).join(", ")}`,
      );
    const isTensor = inputKinds[name as keyof typeof inputKinds] === "tensor";
    if (isTensor && value !== undefined && !(value instanceof Tensor))
      throw new InputError(
        `${label}: ${name} must be a Tensor; Tensor.from(nested lists) makes one`,
      );
  }
}
