import { SiteError } from "../errors/errors.ts";
import { nearest } from "../errors/nearest.ts";
import { dimensionsIn, layerDimensions } from "../families/family.ts";
import type { Parameter } from "../families/parameters.ts";
import { formatHead, type HeadAddress } from "../probe/head-address.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { LoadedModel } from "./loaded-model.ts";

/** One head's share of a learned map: x·matrix + bias. */
export interface HeadMatrix {
  readonly parameter: Parameter;
  /** q, k, v: (C, D), from the stream to the head; o: (D, C), from the head to the stream. */
  readonly matrix: Tensor;
  /** q, k, v: (D); o has one bias for all heads together, which is no head's. */
  readonly bias: Tensor | undefined;
}

/** W^Q, W^K, W^V or W^O of one head (Vaswani et al. 2017, 3.2.2). `stack` is "encoder.", "decoder." or "decoder.cross." where there are several. */
export async function headMatrix(
  model: LoadedModel,
  address: HeadAddress,
  map: "q" | "k" | "v" | "o",
  stack = "",
): Promise<HeadMatrix> {
  const { layer, head } = address;
  const dimensions = dimensionsIn(model.dimensions, stack);
  const { heads, headWidth: D } = layerDimensions(dimensions, layer);
  const [place, branch] = stack.endsWith("cross.") ? ["decoder.", "cross."] : [stack, ""];
  const name = `${place}layers.${layer}.${branch}${map}`;
  const weight = model.parameter(`${name}.weight`);
  if (!weight || head >= heads)
    throw new SiteError(
      `parameters: ${formatHead(address)}.${map} is not there: ${model.label} has ${heads} heads in a layer${nearest(
        name,
        model.parameters.map((parameter) => parameter.name),
      )}`,
    );
  if (map === "o") {
    const all = await model.parameterRows(weight); // (C, H·D)
    const [C, width] = weight.shape as readonly [number, number];
    const data = new Float32Array(D * C);
    for (let d = 0; d < D; d++)
      for (let c = 0; c < C; c++) data[d * C + c] = all[c * width + head * D + d]!;
    return { parameter: weight, matrix: new Tensor([D, C], data), bias: undefined };
  }
  const own = map === "q" ? head : Math.floor(head / (dimensions.heads / dimensions.keyHeads));
  const rows = await model.parameterRows(weight, own * D, (own + 1) * D); // (D, C)
  const C = weight.shape[1]!;
  const data = new Float32Array(C * D);
  for (let d = 0; d < D; d++) for (let c = 0; c < C; c++) data[c * D + d] = rows[d * C + c]!;
  const bias = model.parameter(`${name}.bias`);
  return {
    parameter: weight,
    matrix: new Tensor([C, D], data),
    bias: bias && new Tensor([D], await model.parameterRows(bias, own * D, (own + 1) * D)),
  };
}
