import { notLooked, unpackNumbers, weightCodes } from "../packed-numbers.ts";
import { layerId, type PageData, type PageVectors, packedIds } from "../page-data.ts";
import { whenAnswered } from "../source/answer.ts";
import { factsOf } from "../source/facts.ts";
import { heldSource, type LayerVectors, vectorsAround } from "../source/held.ts";
import { onceEach } from "../source/once-each.ts";
import type { AttentionSource, TextSource } from "../source/source.ts";
import { sparseSource } from "../source/sparse.ts";
import { unpackSparse } from "../sparse-weights.ts";
import type { View } from "../state/view.ts";

/** A source, and what to open it with. */
export interface Frozen<Source extends AttentionSource> {
  readonly source: Source;
  readonly start: Partial<View>;
}

/** The source that a page's document carries: elements are taken out of it when what they hold is looked at. */
export async function readFrozenPage(document: Document): Promise<Frozen<TextSource>> {
  const data = readJson<PageData>(document);
  const weights = data.smallest === undefined ? wholeWeights : sparseWeights;
  const source = await weights(document, data);
  const vectors = data.vectors && vectorsOf(document, source, data.vectors);
  return { source: { ...source, vectors }, start: data.start };
}

async function wholeWeights(document: Document, data: PageData): Promise<TextSource> {
  const codes = new Uint16Array(await unpack(document, packedIds.weights, 2));
  const table = Float32Array.from({ length: 65536 }, (_, code) =>
    code === notLooked ? Number.NaN : code / weightCodes,
  );
  return heldSource(factsOf(data), { layers: layersOf(codes, data.layers), table });
}

async function sparseWeights(document: Document, data: PageData): Promise<TextSource> {
  const rows = data.heads * data.queries.length;
  return sparseSource(factsOf(data), (layer) =>
    unpackSparse(takeBytes(document, layerId(packedIds.weights, layer)), rows, data.keys.length),
  );
}

function vectorsOf(
  document: Document,
  source: TextSource,
  { hasBias, ...shape }: PageVectors,
): NonNullable<TextSource["vectors"]> {
  const layerOf = onceEach(async (layer): Promise<LayerVectors> => {
    const floats = async (id: string): Promise<Float32Array> =>
      new Float32Array(await unpack(document, layerId(id, layer), 4));
    const [q, k, v, bias] = await Promise.all([
      floats(packedIds.q),
      floats(packedIds.k),
      floats(packedIds.v),
      hasBias ? floats(packedIds.bias) : undefined,
    ]);
    return { q, k, v, bias };
  });
  return (address, query) =>
    whenAnswered(layerOf(address.layer), (vectors) =>
      vectorsAround({ ...shape, ...vectors }, source, address.head, query),
    );
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
  return (await unpackNumbers(takeBytes(document, id), size)).buffer;
}

/** The bytes an element holds, which is taken out of the document. */
function takeBytes(document: Document, id: string): Uint8Array<ArrayBuffer> {
  const element = document.getElementById(id)!;
  const binary = atob(element.textContent!.trim());
  element.remove();
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}
