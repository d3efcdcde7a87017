import type { Probe } from "../../probe/probe.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { add, multiply, permute, reshape, scaledDot, unit } from "../../tensor/operations.ts";
import type { Network, Outputs, Tower } from "../family.ts";
import type { Inputs } from "../inputs.ts";

/** How alike texts and images are, as numbers that were learned: cosine · scale + bias. */
export interface Similarity {
  readonly scale: LazyTensor; // (1)
  readonly bias?: LazyTensor; // (1)
}

/** A network of two, one of texts and one of images, which meet in how alike their vectors are. */
export interface TwoTowers {
  readonly towers: Readonly<Record<Tower, Network>>;
  readonly similarity: Similarity;
  /** Why there is no vector of an image, where the tower makes none. */
  readonly absent?: string;
}

/** Puts it together: sites of the towers begin with "text." and "vision."; each runs where something was given to it. */
export function twoTowers({ towers, similarity, absent: reason }: TwoTowers): Network {
  const { text, vision } = towers;
  const shared = Object.entries(text.absent).filter(([kind]) => kind in vision.absent);
  return {
    dimensions: text.dimensions,
    task: "features",
    takes: text.takes,
    isCausal: text.isCausal,
    readsTypes: text.readsTypes,
    paddingId: text.paddingId,
    towers,
    absent: {
      ...Object.fromEntries(shared),
      ...(reason !== undefined && {
        embeds: reason,
        logitsPerText: reason,
        logitsPerImage: reason,
      }),
    },
    exampleInputs: (length, batch) => ({
      towers: {
        text: { batch, length, ids: new Int32Array(batch * length) },
        vision: { batch, length, ...vision.exampleInputs?.(length, batch) },
      },
    }),
    forward: (inputs, probe) => forward(towers, similarity, inputs, probe),
  };
}

function forward(
  towers: TwoTowers["towers"],
  { scale, bias }: Similarity,
  inputs: Inputs,
  probe: Probe,
): Outputs {
  const ran = (tower: Tower) => {
    const given = inputs.towers?.[tower];
    return given && towers[tower].forward(given, probe.within(`${tower}.`));
  };
  const [text, vision] = [ran("text"), ran("vision")];
  const vectorOf = (tower: Tower, outputs: Outputs | undefined) => {
    const vector = outputs?.projected ?? outputs?.pooled;
    return vector && probe.site(`${tower}.embeds`, unit(vector)); // (B, C)
  };
  const textEmbeds = vectorOf("text", text);
  const imageEmbeds = vectorOf("vision", vision);
  const { final } = (text ?? vision)!;
  if (!textEmbeds || !imageEmbeds) return { final, textEmbeds, imageEmbeds };
  const scaled = multiply(cosines(textEmbeds, imageEmbeds), scale);
  const logitsPerText = probe.site("logitsPerText", bias ? add(scaled, bias) : scaled);
  const logitsPerImage = probe.site("logitsPerImage", permute(logitsPerText, [1, 0]));
  return { final, textEmbeds, imageEmbeds, logitsPerText, logitsPerImage };
}

/** Products of vectors of length 1: (N, C), (M, C) → (N, M). */
function cosines(a: LazyTensor, b: LazyTensor): LazyTensor {
  const [N, C] = a.shape as readonly [number, number];
  const M = b.shape[0]!;
  return reshape(scaledDot(reshape(a, [1, 1, N, C]), reshape(b, [1, 1, M, C]), 1), [N, M]);
}
