import type { Noun } from "../../probe/noun.ts";
import type { Step, Term } from "../explain/step.ts";
import { dot, length } from "../linear/vectors.ts";
import type { StreamPart, StreamParts } from "./stream-parts.ts";

/** One part's share of a stream: its projection on the whole, so that all shares add up to 1; with its own length. */
export interface StreamShare {
  readonly label: string;
  readonly layer: number | undefined;
  readonly share: number;
  readonly length: number;
}

/** What each part makes of the stream, the largest share first. */
export function streamShares({ parts, stream }: StreamParts): StreamShare[] {
  const size = dot(stream, stream);
  return parts
    .map(({ label, layer, vector }) => ({
      label,
      layer,
      share: size > 0 ? dot(vector, stream) / size : 0,
      length: length(vector),
    }))
    .sort((a, b) => b.share - a.share);
}

/** What of the stream each kind of part of each layer wrote. */
export function layerShares({ parts, stream }: StreamParts): StreamShare[] {
  const groups = new Map<string, StreamPart[]>();
  for (const part of parts) {
    const name = groupOf(part);
    groups.set(name, [...(groups.get(name) ?? []), part]);
  }
  const grouped = [...groups].map(([label, own]) => ({
    ...own[0]!,
    label,
    vector: stream.map((_, c) => own.reduce((sum, { vector }) => sum + vector[c]!, 0)),
  }));
  const shares = streamShares({ parts: grouped, stream, norms: 0 });
  const order = [...groups.keys()];
  return shares.sort((a, b) => order.indexOf(a.label) - order.indexOf(b.label));
}

function groupOf({ kind, label, layer }: StreamPart): string {
  if (kind === "head") return `attention of layer ${layer}`;
  if (kind === "cross head") return `look at the encoder in layer ${layer}`;
  return kind === "embedding" ? "embedding" : label;
}

/** A stream in parts as steps, which views draw as they draw an explanation; `noun` is what the vector is of. */
export function streamSteps(parts: StreamParts, noun: Noun = "word"): Step[] {
  const shares = streamShares(parts);
  const layers = layerShares(parts);
  const term = ({ label, share }: StreamShare): Term => ({ label, value: share });
  const norm =
    parts.norms > 0
      ? `${parts.norms} ${parts.norms === 1 ? "norm stands" : "norms stand"} on the way; each is taken as the linear map it is for this ${noun}'s own statistics, so that the parts add up.`
      : "No norm stands on the way: the stream is the plain sum of its parts.";
  const base = {
    formula: "stream = Σ parts; share = part · stream / ‖stream‖²",
    leftOut: parts.reason,
  };
  return [
    {
      ...base,
      id: "layers",
      title: "Layer by layer",
      sentence: `The vector of a ${noun} is a sum of everything that was written into it. A share says how much of the whole lies along a part; below 0 it pulls the other way.`,
      values: [
        {
          kind: "sum",
          name: "shares of the stream, in the order of the layers",
          terms: layers.map(term),
          total: 1,
          isShare: true,
          isWhole: true,
        },
        { kind: "note", text: norm },
      ],
    },
    {
      ...base,
      id: "written",
      title: "Who wrote most",
      sentence: "The same with every head by itself, the largest shares first.",
      values: [
        {
          kind: "sum",
          name: "shares of the stream",
          terms: shares.map(term),
          total: 1,
          isShare: true,
        },
        {
          kind: "table",
          name: "lengths",
          rows: shares.map(({ label }) => ({ label })),
          columns: [{ title: "length", kind: "length", values: shares.map((part) => part.length) }],
        },
      ],
    },
  ];
}
