import { InputError } from "../errors/errors.ts";
import type { ExtraInput, Inputs } from "../families/inputs.ts";
import { isImage } from "../images/image.ts";
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
  hiddenPatches: "rows",
  pixels: "tensor",
  features: "tensor",
  permMask: "tensor",
  targetMapping: "tensor",
} as const;

/** A name of `inputKinds`. */
export type InputName = keyof typeof inputKinds;

/** Numbers of an input; the first axis counts texts, images or sounds. */
export interface GivenInput {
  readonly shape: readonly number[];
  readonly data: Int32Array | Float32Array;
}

/** What a run was given, under the names that it takes it by: rows of whole numbers (B, T), and tensors. */
export function givenInputs(inputs: Inputs): Map<InputName, GivenInput> {
  const { batch, decoder } = inputs;
  const flat = { ...inputs, decoderIds: decoder?.ids, decoderMask: decoder?.mask };
  const given = new Map<InputName, GivenInput>();
  for (const name of Object.keys(inputKinds) as InputName[]) {
    const numbers = flat[name];
    if (numbers instanceof Tensor) given.set(name, numbers);
    else if (numbers) given.set(name, { shape: [batch, numbers.length / batch], data: numbers });
  }
  return given;
}

/** Throws InputError for a name that is no input (mems, a misspelt one), and for lists where a Tensor is wanted. */
export function expectInputNames(input: object, label: string): void {
  for (const [name, value] of Object.entries(input)) {
    if (/^encoder_?(hidden_?states|outputs?|states)$/i.test(name))
      throw new InputError(
        `${label}: the input has "${name}", and heed takes no states of an encoder from outside: a decoder looks at an encoder of its own model. Save both as one (Python's EncoderDecoderModel), and give that folder its text; alone the decoder runs without its look`,
      );
    if (!Object.hasOwn(inputKinds, name))
      throw new InputError(
        `${label}: the input has "${name}", which heed does not take. It knows ${Object.keys(inputKinds).join(", ")}`,
      );
    const isTensor = inputKinds[name as InputName] === "tensor";
    if (isTensor && value !== undefined && !(value instanceof Tensor))
      throw new InputError(
        `${label}: ${name} must be a Tensor; Tensor.from(nested lists) makes one`,
      );
  }
}

const always: readonly string[] = ["ids", "pixels", "features", "mask"];

/** Throws InputError for an input that would change nothing in this model. */
export function expectTaken(input: object, takes: readonly ExtraInput[], label: string): void {
  const known: readonly string[] = takes;
  for (const [name, value] of Object.entries(input))
    if (value !== undefined && !always.includes(name) && !known.includes(name))
      throw new InputError(
        `${label}: the input has ${name}, which this model does not read. Beside ids or pixels it reads ${["mask", ...takes].join(", ")}`,
      );
}

/** Throws InputError for a list of texts, images and ids side by side. */
export function expectOneSort(list: readonly unknown[]): void {
  const sorts = new Set(list.map(sortOf));
  if (sorts.has("texts") || sorts.has("images"))
    throw new InputError(
      `run: the list mixes ${[...sorts].join(" and ")}; it must hold texts only, images only, or ids only`,
    );
}

function sortOf(one: unknown): string {
  if (typeof one === "number") return "numbers";
  if (Array.isArray(one) || ArrayBuffer.isView(one)) return "rows of numbers";
  if (isImage(one)) return "images";
  const isText = typeof one === "string" || (typeof one === "object" && one && "text" in one);
  return isText ? "texts" : "other things";
}
