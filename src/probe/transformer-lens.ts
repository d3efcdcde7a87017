import { readNpz } from "../checkpoint/archive/npz.ts";
import { isStoredType, toFloat32 } from "../checkpoint/numbers.ts";
import { parseSafetensors } from "../checkpoint/safetensors.ts";
import type { TraceTensor } from "../checkpoint/trace-file.ts";
import { CheckpointError } from "../errors/errors.ts";
import { short } from "../errors/visible.ts";
import { Tensor } from "../tensor/tensor.ts";
import { parseSite, type SiteKind, siteKinds } from "./sites.ts";
import { Trace } from "./trace.ts";

/** A site under the name it has in TransformerLens; undefined where that has no such tensor, or means another one by its name. */
export function transformerLensName(site: string): string | undefined {
  const address = parseSite(site);
  if (address?.stack !== "" || address.branch !== "") return undefined;
  const { kind, layer } = address;
  if (!kind.transformerLens || isOther(kind)) return undefined;
  return layer === undefined
    ? kind.transformerLens.name
    : `blocks.${layer}.${kind.transformerLens.name}`;
}

/** A site's numbers as TransformerLens has them: under its name, a head's vectors as [batch, pos, head, d_head]. Undefined where it has no such tensor. */
export function transformerLensTensor(
  site: string,
  tensor: Tensor,
): { readonly name: string; readonly tensor: Tensor } | undefined {
  const name = transformerLensName(site);
  if (name === undefined) return undefined;
  const isMoved = hasOtherAxes(parseSite(site)!.kind);
  return { name, tensor: isMoved ? tensor.permute([0, 2, 1, 3]) : tensor };
}

/** What a site's numbers are there at another moment; undefined where they are the same. */
export function transformerLensNote(site: string): string | undefined {
  const { differs } = parseSite(site)?.kind.transformerLens ?? {};
  return differs?.includes("before rotary")
    ? "q and k are after rotary positions, where the model has them; hook_q and hook_k of TransformerLens are before (hook_rot_q and hook_rot_k behind)"
    : undefined;
}

/** What of a cache heed has no site for, and why. */
export interface LeftOutOfCache {
  readonly name: string;
  readonly reason: string;
}

/** A cache of TransformerLens as a trace: sites under heed's names, their axes in heed's order. */
export interface CacheTrace {
  readonly trace: Trace;
  readonly left: readonly LeftOutOfCache[];
  /** What is another moment, or may have been changed by how the model was loaded. */
  readonly notes: readonly string[];
}

/**
 * Takes in what `model.run_with_cache` of TransformerLens gave, tensors by name. Where its axes are [batch, pos, head, d_head] they become
 * (B, H, T, D); a cache without its batch axis gets one. Its q and k are before rotary positions, which a note says.
 */
export function traceOfTransformerLens(tensors: ReadonlyMap<string, TraceTensor>): CacheTrace {
  const trace = new Trace();
  const left: LeftOutOfCache[] = [];
  const notes = new Set<string>();
  for (const [name, { shape, data }] of tensors) {
    const found = siteOf(name);
    if ("reason" in found) {
      left.push({ name, reason: found.reason });
      continue;
    }
    const { site, kind } = found;
    const isMoved = hasOtherAxes(kind);
    const whole = shape.length === kind.axes.length - 1 ? [1, ...shape] : shape;
    if (whole.length !== kind.axes.length) {
      const axes = kind.axes.join(" ");
      left.push({ name, reason: `has ${shape.length} axes, and ${site} has ${axes}` });
      continue;
    }
    const tensor = new Tensor(whole, Float32Array.from(data));
    trace.put(site, isMoved ? tensor.permute([0, 2, 1, 3]) : tensor, []);
    if (kind.transformerLens!.differs?.includes("before rotary"))
      notes.add(
        "q and k are as TransformerLens has them, before rotary positions: in models that turn them they are not what enters the dot product.",
      );
  }
  if (trace.sites.length > 0)
    notes.add(
      "TransformerLens centres and folds weights where it loads a model unless told otherwise: then streams and values differ from the checkpoint's own.",
    );
  return { trace, left, notes: [...notes] };
}

/** The same from a file: safetensors, or .npz as `numpy.savez` writes it. Throws CheckpointError for another file, and for one with no such names. */
export function readTransformerLensCache(bytes: Uint8Array, place: string): CacheTrace {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  const found = traceOfTransformerLens(isZip ? readNpz(bytes, place) : tensorsOf(bytes, place));
  if (found.trace.sites.length === 0)
    throw new CheckpointError(
      `${place}: holds no activation that heed has a site for. TransformerLens calls them blocks.0.attn.hook_pattern and so on; here are ${found.left
        .slice(0, 3)
        .map(({ name }) => short(name))
        .join(", ")}`,
    );
  return found;
}

function tensorsOf(bytes: Uint8Array, place: string): Map<string, TraceTensor> {
  return new Map(
    parseSafetensors(bytes, place).entries.map(({ name, type, shape, start, end }) => {
      if (!isStoredType(type))
        throw new CheckpointError(
          `${place}: ${short(name)} is stored as ${short(type)}, which heed does not read`,
        );
      return [name, { type, shape, data: toFloat32(type, bytes.slice(start, end)) }];
    }),
  );
}

/** Whether TransformerLens has a head's vectors behind the positions. */
function hasOtherAxes({ transformerLens }: SiteKind): boolean {
  return transformerLens?.differs?.startsWith("its axes are") ?? false;
}

/** Whether TransformerLens means another tensor by the name, not only other axes. */
function isOther({ transformerLens }: SiteKind): boolean {
  return transformerLens?.differs?.startsWith("there ") ?? false;
}

function siteOf(
  name: string,
): { readonly site: string; readonly kind: SiteKind } | { readonly reason: string } {
  const block = /^blocks\.(\d+)\.(.+)$/.exec(name);
  const own = block?.[2] ?? name;
  const kind = siteKinds.find(
    ({ transformerLens, of }) =>
      transformerLens?.name === own && of === (block ? "layer" : "model"),
  );
  if (!kind) return { reason: "heed has no such site" };
  const { differs } = kind.transformerLens!;
  if (differs?.startsWith("there ")) return { reason: `is not heed's ${kind.name}: ${differs}` };
  return { site: block ? `layers.${block[1]}.${kind.name}` : kind.name, kind };
}
