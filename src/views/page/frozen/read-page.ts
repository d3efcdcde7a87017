import { notLooked, unpackNumbers, weightCodes } from "../packed-numbers.ts";
import { type PageData, packedIds } from "../page-data.ts";
import { factsOf } from "../source/facts.ts";
import { type HeldVectors, heldSource } from "../source/held.ts";
import type { AttentionSource, TextSource } from "../source/source.ts";
import type { View } from "../state/view.ts";

/** A source, and what to open it with. */
export interface Frozen<Source extends AttentionSource> {
  readonly source: Source;
  readonly start: Partial<View>;
}

/** The source that a page's document carries: its elements are taken out of it. */
export async function readFrozenPage(document: Document): Promise<Frozen<TextSource>> {
  const data = readJson<PageData>(document);
  const codes = new Uint16Array(await unpack(document, packedIds.weights, 2));
  const table = Float32Array.from({ length: 65536 }, (_, code) =>
    code === notLooked ? Number.NaN : code / weightCodes,
  );
  const layers = layersOf(codes, data.layers);
  const source = heldSource(factsOf(data), { layers, table }, await readVectors(document, data));
  return { source, start: data.start };
}

async function readVectors(
  document: Document,
  { vectors, layers }: PageData,
): Promise<HeldVectors | undefined> {
  if (!vectors) return undefined;
  const floats = async (id: string): Promise<Float32Array[]> =>
    layersOf(new Float32Array(await unpack(document, id, 4)), layers);
  const { hasBias, ...shape } = vectors;
  const [q, k, v, bias] = await Promise.all([
    floats(packedIds.q),
    floats(packedIds.k),
    floats(packedIds.v),
    hasBias ? floats(packedIds.bias) : undefined,
  ]);
  return { ...shape, q, k, v, bias };
}

/** What a page's document carries as JSON. */
export function readJson<T>(document: Document): T {
  return JSON.parse(document.getElementById("data")!.textContent!) as T;
}

/** The numbers of all layers, a part each. */
export function layersOf<Numbers extends Float32Array | Uint16Array>(
  values: Numbers,
  layers: number,
): Numbers[] {
  const size = values.length / layers;
  return Array.from(
    { length: layers },
    (_, layer) => values.subarray(layer * size, (layer + 1) * size) as Numbers,
  );
}

/** The bytes of packed numbers of `size` bytes each, taken out of the document. */
export async function unpack(document: Document, id: string, size: number): Promise<ArrayBuffer> {
  const element = document.getElementById(id)!;
  const packed = Uint8Array.from(atob(element.textContent!.trim()), (byte) => byte.charCodeAt(0));
  element.remove();
  return (await unpackNumbers(packed, size)).buffer;
}
