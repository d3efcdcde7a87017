import { nearest } from "../errors/nearest.ts";

/** A named axis: B batch, T queries, S keys, H heads, K key/value heads, D head width, C model width, V vocabulary or labels, N candidates, patches or channels, Y and X pixels. */
export type Axis = "B" | "T" | "S" | "H" | "K" | "D" | "C" | "V" | "N" | "Y" | "X";

/** One kind of site: a named tensor of the forward pass. */
export interface SiteKind {
  /** Its name inside a layer, or in the whole model. */
  readonly name: string;
  readonly of: "model" | "layer";
  readonly axes: readonly Axis[];
  readonly what: string;
  /** The same tensor in TransformerLens, where there is one. */
  readonly transformerLens?: { readonly name: string; readonly differs?: string };
  /** Made only when someone reads or patches it. */
  readonly onDemand?: true;
}

const axes = (letters: string): Axis[] => letters.split(" ") as Axis[];
const positionFirst = "its axes are [batch, pos, head, d_head]";

/** Every kind of site, in the order a forward pass meets them. Types, help, documentation and tests come from this table. */
export const siteKinds: readonly SiteKind[] = [
  {
    name: "embeddings",
    of: "model",
    axes: axes("B T C"),
    what: "what enters layer 0",
    transformerLens: { name: "hook_embed", differs: "there without positions and norm" },
  },
  {
    name: "input",
    of: "layer",
    axes: axes("B T C"),
    what: "the stream entering the block",
    transformerLens: { name: "hook_resid_pre" },
  },
  {
    name: "normed",
    of: "layer",
    axes: axes("B T C"),
    what: "what the projections see, in families whose norm comes first",
    transformerLens: { name: "ln1.hook_normalized", differs: "there before gain and bias" },
  },
  {
    name: "q",
    of: "layer",
    axes: axes("B H T D"),
    what: "queries, as they enter the dot product (after rotary), not yet scaled",
    transformerLens: { name: "attn.hook_q", differs: `${positionFirst}, before rotary` },
  },
  {
    name: "k",
    of: "layer",
    axes: axes("B K S D"),
    what: "keys, as they enter the dot product (after rotary)",
    transformerLens: { name: "attn.hook_k", differs: `${positionFirst}, before rotary` },
  },
  {
    name: "v",
    of: "layer",
    axes: axes("B K S D"),
    what: "values",
    transformerLens: { name: "attn.hook_v", differs: positionFirst },
  },
  {
    name: "scores.uncapped",
    of: "layer",
    axes: axes("B H T S"),
    what: "q·k, scaled, before a soft cap keeps it within bounds (Gemma 2)",
    onDemand: true,
  },
  {
    name: "scores.content",
    of: "layer",
    axes: axes("B H T S"),
    what: "the part of the scores that comes from what the tokens are: q·k, scaled (and capped, in families that cap)",
    onDemand: true,
  },
  {
    name: "scores.contentToPosition",
    of: "layer",
    axes: axes("B H T S"),
    what: "what a query asks of the distance of each key, where keys ask too (DeBERTa, relative_key_query)",
    onDemand: true,
  },
  {
    name: "scores.positionToContent",
    of: "layer",
    axes: axes("B H T S"),
    what: "what each key asks of the distance of a query (DeBERTa, relative_key_query)",
    onDemand: true,
  },
  {
    name: "scores.position",
    of: "layer",
    axes: axes("B H T S"),
    what: "the part of the scores that comes from how far apart the tokens are",
    onDemand: true,
  },
  {
    name: "scores.bias",
    of: "layer",
    axes: axes("B H T S"),
    what: "the part added to the scores that is no product of vectors: learned, or a slope over the keys' places (ALiBi)",
    onDemand: true,
  },
  {
    name: "scores",
    of: "layer",
    axes: axes("B H T S"),
    what: "what softmax is applied to: scaled, biased, masked (masked is -Infinity)",
    transformerLens: { name: "attn.hook_attn_scores" },
  },
  {
    name: "weights",
    of: "layer",
    axes: axes("B H T S"),
    what: "after softmax; each row sums to 1 (a row that the model itself lets see nothing: equal weights where somebody reads it, else 0)",
    transformerLens: { name: "attn.hook_pattern" },
  },
  {
    name: "mixed",
    of: "layer",
    axes: axes("B H T D"),
    what: "weights times values",
    transformerLens: { name: "attn.hook_z", differs: positionFirst },
  },
  {
    name: "heads",
    of: "layer",
    axes: axes("B H T C"),
    what: "each head's own share of the attention's output",
    transformerLens: {
      name: "attn.hook_result",
      differs: "its axes are [batch, pos, head, d_model]",
    },
    onDemand: true,
  },
  {
    name: "attended",
    of: "layer",
    axes: axes("B T C"),
    what: "the attention's output, after its projection and bias",
    transformerLens: {
      name: "hook_attn_out",
      differs: "there after the norm behind it, where there is one",
    },
  },
  {
    name: "heads.joined",
    of: "layer",
    axes: axes("B H T C"),
    what: "each head's own share as it joins the stream, in families that norm or multiply the attention's output first",
    onDemand: true,
  },
  {
    name: "attended.joined",
    of: "layer",
    axes: axes("B T C"),
    what: "the attention's output as it joins the stream, in families that norm or multiply it first",
  },
  {
    name: "middle",
    of: "layer",
    axes: axes("B T C"),
    what: "the stream between attention and feed-forward",
    transformerLens: { name: "hook_resid_mid" },
  },
  {
    name: "mlp",
    of: "layer",
    axes: axes("B T C"),
    what: "the feed-forward output",
    transformerLens: { name: "hook_mlp_out" },
  },
  {
    name: "mlp.joined",
    of: "layer",
    axes: axes("B T C"),
    what: "the feed-forward output as it joins the stream, in families that norm or multiply it first",
  },
  {
    name: "residual",
    of: "layer",
    axes: axes("B T C"),
    what: "the stream after the block",
    transformerLens: { name: "hook_resid_post" },
  },
  {
    name: "final",
    of: "model",
    axes: axes("B T C"),
    what: "the last hidden state, after the last norm",
    transformerLens: { name: "ln_final.hook_normalized", differs: "there before gain and bias" },
  },
  { name: "pooled", of: "model", axes: axes("B C"), what: "the pooler's output" },
  {
    name: "projected",
    of: "model",
    axes: axes("B C"),
    what: "the pooler's output in the space that images and texts share (CLIP, SigLIP)",
  },
  {
    name: "embeds",
    of: "model",
    axes: axes("B C"),
    what: "of length 1: what a text and an image are compared by, in a model of two towers",
  },
  {
    name: "sentence",
    of: "model",
    axes: axes("B C"),
    what: "the sentence embedding: pooled over real tokens, of length 1 where the checkpoint says so",
    onDemand: true,
  },
  { name: "logits", of: "model", axes: axes("B T V"), what: "what the head gives" },
  {
    name: "logitsPerText",
    of: "model",
    axes: axes("B B"),
    what: "how alike each text is to every image, times what the model learned (texts, images)",
  },
  {
    name: "logitsPerImage",
    of: "model",
    axes: axes("B B"),
    what: "the same, image by image (images, texts)",
  },
  {
    name: "startLogits",
    of: "model",
    axes: axes("B T"),
    what: "where an answer starts, before softmax, in a head that looks for answers with beams (XLNet, XLM)",
  },
  {
    name: "endLogits",
    of: "model",
    axes: axes("B N T"),
    what: "where it ends, for each of the likeliest starts, before softmax over the tokens",
  },
  {
    name: "startTopProbabilities",
    of: "model",
    axes: axes("B N"),
    what: "how probable the likeliest starts are, best first",
  },
  {
    name: "startTopIndices",
    of: "model",
    axes: axes("B N"),
    what: "which tokens those are",
  },
  {
    name: "endTopProbabilities",
    of: "model",
    axes: axes("B N"),
    what: "how probable the likeliest ends are: the best one for every start, then the second one for every start",
  },
  { name: "endTopIndices", of: "model", axes: axes("B N"), what: "which tokens those are" },
  {
    name: "answerClass",
    of: "model",
    axes: axes("B"),
    what: "a logit that the text holds no answer",
  },
  {
    name: "patchLogits",
    of: "model",
    axes: axes("B N V"),
    what: "which visual word each patch is, in a head that names hidden patches (BEiT)",
  },
  {
    name: "reconstruction",
    of: "model",
    axes: axes("B N Y X"),
    what: "the image painted anew, channel by channel, in a head that paints hidden patches (ViT, DeiT, Swin)",
  },
];

/**
 * Where a site is: `decoder.layers.3.cross.weights` is stack "decoder.", layer 3, branch "cross.", kind weights. Stacks: encoder, decoder,
 * text, vision (two towers). Branches: cross, global (longformer), targets (xlnet).
 */
export interface SiteAddress {
  readonly stack: string;
  readonly layer: number | undefined;
  readonly branch: string;
  readonly kind: SiteKind;
}

const kindsByName = new Map(siteKinds.map((kind) => [kind.name, kind]));

/** Takes a site's name apart, or returns undefined when no kind of site is called so. */
export function parseSite(site: string): SiteAddress | undefined {
  const inLayer =
    /^(encoder\.|decoder\.|text\.|vision\.)?layers\.(\d+)\.(cross\.|global\.|targets\.)?(.+)$/.exec(
      site,
    );
  if (inLayer) {
    const kind = kindsByName.get(inLayer[4]!);
    if (kind?.of !== "layer") return undefined;
    const [, stack = "", layer, branch = ""] = inLayer;
    return { stack, layer: Number(layer), branch, kind };
  }
  const inModel = /^(encoder\.|decoder\.|text\.|vision\.)?(.+)$/.exec(site);
  const kind = kindsByName.get(inModel?.[2] ?? "");
  return kind?.of === "model"
    ? { stack: inModel?.[1] ?? "", layer: undefined, branch: "", kind }
    : undefined;
}

/** A test for site names: `*` stands for one part of a name, `{q,k,v}` for one of several. TransformerLens names are taken too. */
export function sitePattern(pattern: string): (site: string) => boolean {
  const text = fromTransformerLens(pattern)
    .replace(/[\\^$+?()[\]|.]/g, "\\$&")
    .replaceAll("*", "[^.]+")
    .replace(/\{([^{}]*)\}/g, (_, choices: string) => `(?:${choices.split(",").join("|")})`);
  const expression = new RegExp(`^${text.replace(/[{}]/g, "\\$&")}$`);
  return (site) => expression.test(site);
}

/** `blocks.3.attn.hook_pattern` → `layers.3.weights`; other names stay as they are. */
function fromTransformerLens(pattern: string): string {
  const block = /^blocks\.(\d+|\*)\.(.+)$/.exec(pattern);
  const wanted = block ? block[2] : pattern;
  const kind = siteKinds.find(({ transformerLens }) => transformerLens?.name === wanted);
  // A name that differs in meaning, not only in its axes, is no alias.
  if (!kind || !isSameTensor(kind)) return pattern;
  return block ? `layers.${block[1]}.${kind.name}` : kind.name;
}

function isSameTensor({ transformerLens }: SiteKind): boolean {
  return !transformerLens?.differs?.startsWith("there ");
}

/** What a message says of a site that is not there: the layers that have it, else what is named alike; of a pattern the patterns that are. */
export function nearestSite(site: string, all: Iterable<string>): string {
  const names = [...all];
  const inAnyLayer = (name: string) => name.replace(/(?<=(?:^|\.)layers\.)\d+(?=\.)/, "*");
  const layers = names
    .filter((name) => inAnyLayer(name) === inAnyLayer(site))
    .map((name) => parseSite(name)!.layer!);
  if (layers.length === 0)
    return nearest(site, site.includes("*") ? new Set(names.map(inAnyLayer)) : names);
  const [first, last] = [Math.min(...layers), Math.max(...layers)];
  const isWhole = last - first === layers.length - 1;
  return `; it is there in ${layers.length === 1 ? `layer ${first}` : `layers ${isWhole ? `${first} to ${last}` : layers.join(", ")}`}`;
}
