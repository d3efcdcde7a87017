import { InputError, SiteError } from "../../errors/errors.ts";
import { formatHead, type HeadAddress, parseHead } from "../../probe/head-address.ts";
import type { Stack } from "../layers/attention-maps.ts";
import type { Intervention } from "./intervention.ts";
import { type ExperimentModel, expectStack, headsIn, layersIn } from "./subject.ts";

/** Heads of one layer; all of them where they are not named. */
export interface LayerHeads {
  readonly layer: number;
  readonly heads: readonly number[] | undefined;
}

/** A head's address, checked against the stack it is of. */
export function headNamed(
  model: ExperimentModel,
  stack: Stack,
  name: string,
  place: string,
): HeadAddress {
  const address = parseHead(name);
  const { layer } = expectLayers(model, stack, [address.layer], place)[0]!;
  const count = headsIn(model, stack, layer);
  if (address.head >= count)
    throw new SiteError(
      `${place}: ${formatHead(address)}, but layer ${layer} of ${model.label} has heads 0 to ${count - 1}`,
    );
  return address;
}

/** Layers that are there, each once, in order. */
export function expectLayers(
  model: ExperimentModel,
  stack: Stack,
  layers: readonly number[],
  place: string,
): LayerHeads[] {
  expectStack(model, stack, place);
  const count = layersIn(model, stack);
  if (layers.length === 0) throw new InputError(`${place}: an empty list of layers names nothing`);
  const wrong = layers.find((layer) => !Number.isInteger(layer) || layer < 0 || layer >= count);
  if (wrong !== undefined)
    throw new SiteError(
      `${place}: layer ${wrong}, but ${model.label} has ${count === 1 ? "layer 0 alone" : `layers 0 to ${count - 1}`}${stack === "encoder" ? "" : ` in its decoder`}`,
    );
  return [...new Set(layers)].sort((a, b) => a - b).map((layer) => ({ layer, heads: undefined }));
}

/** Heads by layer: those named, or all of the layers named, or all there are. Throws InputError where both are given. */
export function layerHeads(
  model: ExperimentModel,
  stack: Stack,
  { heads, layers }: { readonly heads?: readonly string[]; readonly layers?: readonly number[] },
  place: string,
): LayerHeads[] {
  if (heads && layers)
    throw new InputError(`${place}: heads name their layers; give heads or layers, not both`);
  if (!heads) {
    const all = Array.from({ length: layersIn(model, stack) }, (_, layer) => layer);
    return expectLayers(model, stack, layers ?? all, place);
  }
  if (heads.length === 0) throw new InputError(`${place}: an empty list of heads names nothing`);
  const byLayer = new Map<number, number[]>();
  for (const name of heads) {
    const { layer, head } = headNamed(model, stack, name, place);
    byLayer.set(
      layer,
      [...new Set([...(byLayer.get(layer) ?? []), head])].sort((a, b) => a - b),
    );
  }
  return [...byLayer].sort(([a], [b]) => a - b).map(([layer, own]) => ({ layer, heads: own }));
}

/** The layer whose tokens the words of an intervention name; undefined where they are those before the first. */
export function firstLayer(one: Intervention): number | undefined {
  const heads = "head" in one ? [one.head] : "heads" in one ? one.heads : undefined;
  if (typeof heads?.[0] === "string") return parseHead(heads[0]).layer;
  return "layers" in one ? one.layers?.[0] : undefined;
}
