import { InputError } from "../errors/errors.ts";
import { nearest } from "../errors/nearest.ts";
import { type Dimensions, dimensionsIn } from "../families/family.ts";
import type { Parameter } from "../families/parameters.ts";
import { formatHead, parseHead } from "../probe/head-address.ts";
import type { Selection } from "../tensor/selection.ts";

/** A parameter, and which of its rows or columns are meant; all of them without a selection. */
export interface Meant {
  readonly parameter: Parameter;
  readonly name: string;
  readonly selection?: Selection;
}

interface Described {
  readonly label: string;
  readonly dimensions: Dimensions;
  readonly parameters: readonly Parameter[];
}

/**
 * The parameters that names mean: heed's or the checkpoint's own, with * for any part of one (`layers.*.q.weight`), or one head's share
 * of a matrix (`L1H2.q`: its rows of W^Q; `L1H2.o`: its columns of W^O). Throws InputError for a name that means nothing.
 */
export function parametersMeant(names: readonly string[], model: Described): Meant[] {
  const meant = new Map<string, Meant>();
  for (const name of names) {
    const found = headShare(name, model) ?? named(name, model);
    for (const one of found) meant.set(one.name, one);
  }
  const all = [...meant.values()];
  for (const parameter of new Set(all.map((one) => one.parameter))) {
    const own = all.filter((one) => one.parameter === parameter);
    if (own.length > 1)
      throw new InputError(
        `train: ${own.map(({ name }) => name).join(", ")} are parts of one tensor, ${parameter.name}. Name one of them, or all of ${parameter.name}`,
      );
  }
  return all;
}

function named(name: string, { label, parameters }: Described): Meant[] {
  const pattern = new RegExp(`^${name.split("*").map(escaped).join(".*")}$`);
  const found = parameters.filter(
    (parameter) => pattern.test(parameter.name) || pattern.test(parameter.storedName),
  );
  if (found.length > 0) return found.map((parameter) => ({ parameter, name: parameter.name }));
  const known = parameters.map((parameter) => parameter.name);
  throw new InputError(
    `train: ${label} has no parameter "${name}"${nearest(name, known)}. heed parameters lists them; * stands for any part of a name`,
  );
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function headShare(name: string, model: Described): Meant[] | undefined {
  const match = /^((?:encoder|decoder|decoder\.cross)\.)?(L\d+H\d+)\.([qkvo])$/i.exec(name);
  if (!match) return undefined;
  const { layer, head } = parseHead(match[2]!);
  const map = match[3]!.toLowerCase();
  const stack = (match[1] ?? "").toLowerCase();
  const isCross = stack === "decoder.cross.";
  const wanted = isCross
    ? `decoder.layers.${layer}.cross.${map}.weight`
    : `${stack}layers.${layer}.${map}.weight`;
  const parameter = model.parameters.find((one) => one.name === wanted);
  const { heads, keyHeads, headWidth: D } = dimensionsIn(model.dimensions, stack);
  if (!parameter || head >= heads)
    throw new InputError(
      `train: ${name} is not there: ${model.label} has ${heads} heads in a layer${nearest(
        wanted,
        model.parameters.map((one) => one.name),
      )}`,
    );
  const own = map === "k" || map === "v" ? Math.floor(head / (heads / keyHeads)) : head;
  const places = Array.from({ length: D }, (_, place) => own * D + place);
  const selection = map === "o" ? [undefined, places] : [places];
  return [{ parameter, name: `${stack}${formatHead({ layer, head })}.${map}`, selection }];
}
