/**
 * The embedding split into token, position and type: norm(e_tok + e_pos + e_type) as the linear map it is at this token's statistics, so that
 * q · k = q_tok · k_tok + q_tok · k_pos + … (in the manner of Elhage et al. 2021).
 */

import type { LoadedModel } from "../../models/loaded-model.ts";
import type { Run } from "../../models/run.ts";
import { type NormMap, type NormNumbers, normMap, normNumbers } from "../linear/norm-map.ts";
import { farApart, rowProduct } from "../linear/vectors.ts";

/** A part of what enters layer 0. */
export interface EmbeddingPart {
  readonly name: "token" | "position" | "type" | "class" | "bias";
  /** (C): its share of the vector that enters layer 0; all shares add up to it. */
  readonly vector: Float64Array;
  /** Its own vector as the table has it, before any norm; the learned biases have none. */
  readonly own?: Float64Array;
}

/** What enters layer 0 for one token, in parts; or why it is in one piece. */
export interface EmbeddingParts {
  readonly parts: readonly EmbeddingPart[];
  /** The norm that the sum went through, with its statistics; undefined where there is none. */
  readonly norm?: NormMap;
  readonly reason?: string;
}

const closeEnough = 1e-3;

/**
 * The embedding of a token as token + position + type, through the norm as the linear map it is for this token's statistics. Every candidate
 * is checked against the run's own embedding, so that nothing is claimed that does not add up.
 */
export async function embeddingParts(
  model: LoadedModel,
  run: Run,
  { stack, text }: { readonly stack: string; readonly text: number },
  token: number,
): Promise<EmbeddingParts> {
  const own = stack.replace("cross.", "");
  const site = `${own}embeddings`;
  const after = Float64Array.from(run.trace.part(site, [[text], [token]], "explain").data);
  const whole = (reason?: string): EmbeddingParts => ({
    parts: [{ name: "token", vector: after, own: after }],
    reason,
  });
  const table = (name: string) => model.parameter(`embeddings.${name}`);
  const positions = table("positions");
  if (!positions) return whole();
  if (model.images && !isOfTrainedSize(model, run))
    return whole(
      "positions are interpolated for pictures of another size than those of the training",
    );
  if (model.images && token > 0 && token <= registersOf(model, positions.shape[0]!))
    return whole(
      "a register stands at no place of the picture, so that all of its vector is its own",
    );
  const names = {
    word: await wordVector(model, run, text, token),
    ...(await typeVector(model, run, text, token)),
  };
  const width = positions.shape[1]!;
  const norm = await normNumbers(model, "embeddings.norm");
  const widen = await widening(model);
  for (const row of positionRows(model, run, text, token, positions.shape[0]!)) {
    const position = Float64Array.from(await model.parameterRows(positions, row, row + 1));
    // A picture's patches are no rows of a table: what is not position is the patch.
    const word = names.word ?? after.map((value, c) => value - position[c]!);
    const before: EmbeddingPart[] = [
      {
        name: token === 0 && model.parameter("embeddings.class") ? "class" : "token",
        vector: word,
        own: word,
      },
      { name: "position", vector: position, own: position },
      ...(names.type ? [{ name: "type" as const, vector: names.type, own: names.type }] : []),
    ];
    if (word.length !== width) continue;
    const made = throughNorm(before, norm, widen, after);
    if (made) return made;
  }
  return whole(
    "the rows of the tables of words, positions and types do not add up to this token's embedding",
  );
}

/** The parts through a norm, and through a map to the stream's width where that comes after it. */
function throughNorm(
  before: readonly EmbeddingPart[],
  numbers: Awaited<ReturnType<typeof normNumbers>>,
  widen: Awaited<ReturnType<typeof widening>>,
  after: Float64Array,
): EmbeddingParts | undefined {
  const sum = before[0]!.vector.map((_, c) =>
    before.reduce((total, { vector }) => total + vector[c]!, 0),
  );
  const isWider = widen !== undefined && !widen.isBefore;
  let parts = [...before];
  let norm: NormMap | undefined;
  if (numbers) {
    // What comes out of the norm is known where nothing follows it; else it is made with the norm's own statistics.
    const target = isWider && widen ? plainNorm(sum, numbers) : after;
    norm = normMap(sum, target, numbers);
    if (!norm) return undefined;
    const { apply, bias } = norm;
    parts = parts.map((part) => ({ ...part, vector: apply(part.vector) }));
    if (numbers.bias) parts.push({ name: "bias", vector: bias });
  }
  if (isWider && widen) {
    parts = parts.map((part) => ({ ...part, vector: rowProduct(part.vector, widen.matrix) }));
    if (widen.bias) parts = withBias(parts, widen.bias);
  }
  const total = after.map((_, c) => parts.reduce((all, { vector }) => all + vector[c]!, 0));
  return farApart(total, after) <= closeEnough ? { parts, norm } : undefined;
}

function withBias(parts: readonly EmbeddingPart[], bias: ArrayLike<number>): EmbeddingPart[] {
  const known = parts.find(({ name }) => name === "bias");
  const vector = Float64Array.from(bias, (value, c) => value + (known?.vector[c] ?? 0));
  return [...parts.filter((part) => part !== known), { name: "bias", vector }];
}

/** Whether a picture has the grid of patches that the table of positions was learned for. */
function isOfTrainedSize({ images }: LoadedModel, { inputs: { grid } }: Run): boolean {
  const { size, patch } = images!;
  const trained = size.map((pixels, axis) => Math.floor(pixels / patch[axis]!));
  return grid?.rows === trained[0] && grid?.columns === trained[1];
}

/** A layer norm with no ε to speak of. */
function plainNorm(x: Float64Array, { gain, bias }: NormNumbers) {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return x.map(
    (value, c) => ((value - mean) / Math.sqrt(variance)) * (gain?.[c] ?? 1) + (bias?.[c] ?? 0),
  );
}

/** The token's row of the words; with its neighbours' and a map to the stream's width where embeddings are narrow (MobileBERT). */
async function wordVector(
  model: LoadedModel,
  run: Run,
  text: number,
  token: number,
): Promise<Float64Array | undefined> {
  const words = model.parameter("embeddings.words");
  const { ids, length } = run.inputs;
  if (!words || !ids) {
    const start = model.parameter("embeddings.class");
    return start && token === 0 ? Float64Array.from(await model.parameterRows(start)) : undefined;
  }
  const rowAt = async (place: number) =>
    place < 0 || place >= length
      ? new Float32Array(words.shape[1]!)
      : model.parameterRows(words, ids[text * length + place]!, ids[text * length + place]! + 1);
  const own = await rowAt(token);
  const widen = await widening(model);
  if (!widen?.isBefore) return Float64Array.from(own);
  const side =
    widen.width === 3 * own.length ? [await rowAt(token + 1), own, await rowAt(token - 1)] : [own];
  return rowProduct(Float64Array.from(side.flatMap((row) => [...row])), widen.matrix, widen.bias);
}

async function typeVector(model: LoadedModel, run: Run, text: number, token: number) {
  const { types, length } = run.inputs;
  const kinds = model.parameter("embeddings.types");
  // GPT-2 takes the types' vectors from the words.
  const table = kinds ?? (types && model.parameter("embeddings.words"));
  if (!table) return {};
  const row = types?.[text * length + token] ?? 0;
  return { type: Float64Array.from(await model.parameterRows(table, row, row + 1)) };
}

/** The map between the embeddings' width and the stream's, (in, out): before positions are added (MobileBERT) or after the norm (ALBERT). */
async function widening(model: LoadedModel) {
  const weight = model.parameter("embeddings.widen.weight");
  if (!weight) return undefined;
  const [out, width] = weight.shape as readonly [number, number];
  const rows = await model.parameterRows(weight);
  const matrix = new Float32Array(rows.length);
  for (let o = 0; o < out; o++)
    for (let i = 0; i < width; i++) matrix[i * out + o] = rows[o * width + i]!;
  const bias = model.parameter("embeddings.widen.bias");
  const ofWords = model.parameter("embeddings.words")?.shape[1];
  const ofPositions = model.parameter("embeddings.positions")?.shape[1];
  return {
    isBefore: out === ofPositions && !(width === ofWords && ofWords === ofPositions),
    width,
    matrix,
    bias: bias && (await model.parameterRows(bias)),
  };
}

/** Tokens behind the first that have no row in the table of positions (DINOv2 with registers). */
function registersOf({ dimensions }: LoadedModel, rows: number): number {
  return Math.max(0, (dimensions.positions ?? rows) - rows);
}

/** Rows of the table of positions that may be the token's: as given, as counted, or behind the rows of padding (RoBERTa). */
function positionRows(
  model: LoadedModel,
  { inputs }: Run,
  text: number,
  token: number,
  rows: number,
): number[] {
  const { positions, length, mask } = inputs;
  if (positions) return [positions[text * length + token]!];
  const reserved = rows - (model.dimensions.positions ?? rows);
  const real = (mask ?? [])
    .slice(text * length, text * length + token)
    .filter((m) => m === 1).length;
  const counted = mask ? real : token;
  // Where ids of padding stand in the text, RoBERTa counts past them: then one of the other rows is it.
  const all = Array.from({ length: rows }, (_, row) => row);
  return [token + reserved, counted + reserved, token, counted, ...all].filter(
    (row, index, list) => row >= 0 && row < rows && list.indexOf(row) === index,
  );
}
