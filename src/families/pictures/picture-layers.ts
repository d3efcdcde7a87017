import type { Parameters } from "../parameters.ts";
import type { PreNormWeights } from "../parts/pre-norm.ts";

/** The names of a layer's tensors in a file. */
export interface LayerNames {
  /** What stands before a layer's number. */
  readonly layer: string;
  readonly attentionNorm: string;
  readonly q: string;
  readonly k: string;
  readonly v: string;
  readonly o: string;
  readonly norm: string;
  readonly up: string;
  readonly down: string;
}

/** ViT's, as published. */
export const publishedNames: LayerNames = {
  layer: "encoder.layer.",
  attentionNorm: "layernorm_before",
  q: "attention.attention.query",
  k: "attention.attention.key",
  v: "attention.attention.value",
  o: "attention.output.dense",
  norm: "layernorm_after",
  up: "intermediate.dense",
  down: "output.dense",
};

/** Those of transformers 5's own modules. */
export const renamedNames: LayerNames = {
  ...publishedNames,
  layer: "layers.",
  q: "attention.q_proj",
  k: "attention.k_proj",
  v: "attention.v_proj",
  o: "attention.o_proj",
  up: "mlp.fc1",
  down: "mlp.fc2",
};

/** Sizes and biases of an encoder's layers. */
export interface LayerSizes {
  readonly layers: number;
  readonly width: number;
  /** Of all heads together. */
  readonly attention: number;
  readonly feedForward: number;
  readonly bias: { readonly q: boolean; readonly k: boolean; readonly v: boolean };
}

/** Those of several sets of names whose tensors a file holds: the first where it holds none. */
export function namesHeld<Names extends LayerNames>(
  body: Parameters,
  [first, ...others]: readonly [Names, ...Names[]],
): Names {
  const isHeld = ({ layer, q }: Names) => body.holds(`${layer}0.${q}.weight`);
  return isHeld(first) ? first : (others.find(isHeld) ?? first);
}

/** Takes every layer; `more` adds to one what its family has beside, or takes another feed-forward. */
export function takePictureLayers(
  body: Parameters,
  { layers, ...sizes }: LayerSizes,
  names: LayerNames,
  more: (from: Parameters) => Partial<PreNormWeights> = () => ({}),
): PreNormWeights[] {
  return Array.from({ length: layers }, (_, layer) => {
    const from = body.within(`${names.layer}${layer}.`, `layers.${layer}.`);
    return takePictureLayer(from, sizes, names, more(from));
  });
}

/** Takes one layer, whose tensors' names begin where `from` does. */
export function takePictureLayer(
  from: Parameters,
  { width: C, attention: A, feedForward: F, bias }: Omit<LayerSizes, "layers">,
  names: LayerNames,
  own: Partial<PreNormWeights> = {},
): PreNormWeights {
  return {
    attentionNorm: from.norm(names.attentionNorm, C, "attention.norm"),
    attention: {
      q: from.linear(names.q, [A, C], "q", { bias: bias.q }),
      k: from.linear(names.k, [A, C], "k", { bias: bias.k }),
      v: from.linear(names.v, [A, C], "v", { bias: bias.v }),
      o: from.linear(names.o, [C, A], "o"),
    },
    norm: from.norm(names.norm, C, "mlp.norm"),
    ...own,
    up: own.up ?? from.linear(names.up, [F, C], "mlp.up"),
    down: own.down ?? from.linear(names.down, [C, F], "mlp.down"),
  };
}
