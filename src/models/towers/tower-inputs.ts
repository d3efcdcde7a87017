import { InputError } from "../../errors/errors.ts";
import type { Tower } from "../../families/family.ts";
import type { Inputs } from "../../families/inputs.ts";
import { type ImageInput, isImage } from "../../images/image.ts";
import type { StackTokens } from "../../probe/text-tokens.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** What a model of two towers reads: texts, images, or both. */
export interface TowersOf<Text, Rows> {
  readonly text?: Text;
  readonly texts?: Text | readonly Text[];
  readonly image?: ImageInput;
  readonly images?: ImageInput | readonly ImageInput[];
  /** Ids (texts, T) in place of texts. */
  readonly ids?: Rows;
  readonly mask?: Rows;
  readonly positions?: Rows;
  /** (images, channels, height, width) in place of images. */
  readonly pixels?: Tensor;
}

const names = ["text", "texts", "image", "images", "ids", "mask", "positions", "pixels"];

/** Whether an input names what each tower reads. */
export function isForTowers(input: object): boolean {
  return ["texts", "image", "images"].some((name) => name in input);
}

/** What of an input goes to which tower. Throws InputError for one that has nothing for either, or names something else. */
export function towersOf(input: unknown, label: string): { readonly [name in Tower]?: unknown } {
  const [first] = Array.isArray(input) ? input : [input];
  if (isImage(first)) return { vision: input };
  const isNamed = typeof input === "object" && input !== null && !Array.isArray(input);
  if (!isNamed || "pair" in input || "target" in input) return { text: input };
  const unknown = Object.keys(input).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new InputError(
      `${label}: the input has "${unknown}", which a model of two towers does not read. It reads ${names.join(", ")}`,
    );
  const {
    text,
    texts = text,
    image,
    images = image,
    pixels,
    ...tensors
  } = input as TowersOf<unknown, unknown>;
  const isText = texts !== undefined;
  if (isText && tensors.ids)
    throw new InputError(`${label}: the input has texts and ids. Give one of them`);
  const [beside] = Object.entries(tensors).find(([, rows]) => rows !== undefined) ?? [];
  if (beside !== undefined && tensors.ids === undefined)
    throw new InputError(
      `${label}: the input has ${beside} without ids, which it belongs to. Give ids too, or leave it out`,
    );
  if (images !== undefined && pixels)
    throw new InputError(`${label}: the input has images and pixels. Give one of them`);
  const found = {
    ...(isText ? { text: texts } : tensors.ids !== undefined && { text: tensors }),
    ...(images !== undefined ? { vision: images } : pixels && { vision: { pixels } }),
  };
  if (Object.keys(found).length === 0)
    throw new InputError(
      `${label}: the input has nothing to read. Give texts, images, or both: { texts: ["a cat"], images: [image] }`,
    );
  return found;
}

/** Why sites of a tower that reads nothing are not there, by what they begin with. */
export function unreadTowers({ towers }: Inputs): Readonly<Record<string, string>> {
  if (!towers || (towers.text && towers.vision)) return {};
  const [tower, missing] = towers.text ? ["vision.", "images"] : ["text.", "texts"];
  const both = "it takes texts and images: { texts, images }";
  return {
    [tower]: `nothing was given to that tower. Give it ${missing}: { texts, images }`,
    logitsPerText: both,
    logitsPerImage: both,
  };
}

/** What one tower reads, or both. */
interface TowerPart {
  readonly inputs: Inputs;
  readonly tokens: StackTokens;
}

/** The inputs of both towers as one. */
export function joinedInputs(parts: { readonly [name in Tower]?: TowerPart }): TowerPart {
  const { text, vision } = parts;
  const { inputs, tokens } = (text ?? vision)!;
  const { pixels, grid } = vision?.inputs ?? {};
  return {
    inputs: {
      ...inputs,
      ...(pixels && { pixels, grid }),
      towers: { text: text?.inputs, vision: vision?.inputs },
    },
    tokens: {
      main: tokens.main,
      towers: { text: text?.tokens.main, vision: vision?.tokens.main },
    },
  };
}
