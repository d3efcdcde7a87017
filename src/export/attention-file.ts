import { isObject, parseJsonBytes } from "../checkpoint/json/strict-json.ts";
import { isStoredType, toFloat32, toInt32 } from "../checkpoint/numbers.ts";
import { parseSafetensors, type SafetensorsEntry } from "../checkpoint/safetensors.ts";
import { InputError, ShapeError } from "../errors/errors.ts";
import { expectKeys, type KeysOf } from "../errors/options.ts";
import { short } from "../errors/visible.ts";

/** The attention of one text, as pictures are given it. H heads, T queries, S keys. */
export interface AttentionFile {
  readonly queries: readonly string[];
  /** Tokens that are looked at; left out where a text looks at itself. */
  readonly keys?: readonly string[];
  readonly heads: number;
  /** One array a layer, (H, T, S); NaN where a query cannot look. */
  readonly weights: readonly Float32Array[];
  readonly model?: string;
  readonly text?: string;
}

/** Which attention of a file is taken, and what the file does not say. */
export interface AttentionChoice {
  /** Which text of the batch; 0 if not given. */
  readonly row?: number;
  /** Of an encoder-decoder, whose attention: the first that is there if not given. */
  readonly stack?: "encoder" | "decoder" | "cross";
  /** Tokens that look, and that are looked at, where the file has none. */
  readonly tokens?: readonly string[];
  readonly keys?: readonly string[];
}

/** Keys of AttentionChoice. */
export const attentionChoice: KeysOf<AttentionChoice> = {
  row: true,
  stack: true,
  tokens: true,
  keys: true,
};

/** One layer before a text of the batch is chosen, (B, H, T, S). */
interface Layer {
  readonly shape: readonly number[];
  readonly numbers: () => Float32Array;
}

type Stack = NonNullable<AttentionChoice["stack"]> | "own";

/** What a file holds. */
interface Content {
  readonly stacks: ReadonlyMap<Stack, readonly Layer[]>;
  readonly facts: Readonly<Record<string, unknown>>;
  /** Where a text has tokens and where padding, (B, T). */
  readonly mask?: readonly (readonly number[])[];
}

const place = "readAttention";
/** "attentions.0" as Python's users call it, "layers.0.weights" as heed does. */
const nameForm =
  /^(?:(encoder|decoder|cross)_)?attentions?[._](\d+)$|^(?:(encoder|decoder)\.)?layers\.(\d+)\.(cross\.)?weights$/;

/**
 * Reads attention that was saved elsewhere: a safetensors file of tensors `attentions.0`, `attentions.1`, … (B, H, T, S), with `tokens` in its metadata,
 * as JSON; or JSON with `tokens` and `attentions` (L, B, H, T, S); or what `traceSafetensors` of heed/export wrote. `encoder_…`, `decoder_…` and
 * `cross_attentions` are an encoder-decoder's. A key that no head of a layer gives any weight, as masks leave it, counts as hidden: NaN.
 * Throws InputError for what is no such file, ShapeError for numbers that do not fit the tokens.
 */
export function readAttention(
  file: Uint8Array | string | object,
  choice: AttentionChoice = {},
): AttentionFile {
  expectKeys(choice, attentionChoice, place);
  const content = contentOf(file);
  const stack = chosenStack(content, choice.stack);
  const layers = content.stacks.get(stack)!;
  const { row = 0 } = choice;
  const [B, H, T, S] = shapeOf(layers);
  if (!Number.isInteger(row) || row < 0 || row >= B)
    throw new InputError(`${place}: text ${row} of the batch; the file has ${B}, 0 to ${B - 1}`);
  const { facts } = content;
  const isCross = stack === "cross";
  const own = stack === "decoder" || isCross ? facts.decoder_tokens : facts.tokens;
  const queries = tokensOf(choice.tokens ?? own, row, T, "tokens");
  const keys = isCross ? tokensOf(choice.keys ?? facts.tokens, row, S, "keys") : queries;
  if (!isCross && T !== S)
    throw new ShapeError(
      `${place}: ${T} tokens look at ${S}, but a text looks at itself. Save the attention of one whole pass, without a cache`,
    );
  const isPadded = content.mask?.[row]?.length === S ? content.mask[row] : undefined;
  const keptKeys = kept(S, isPadded);
  const keptQueries = isCross ? kept(T, undefined) : keptKeys;
  return {
    queries: keptQueries.map((query) => queries[query]!),
    ...(isCross && { keys: keptKeys.map((key) => keys[key]!) }),
    heads: H,
    weights: layers.map((layer) =>
      hidden(chosenPart(layer, row, keptQueries, keptKeys), H, keptQueries.length, keptKeys.length),
    ),
    ...(typeof facts.model === "string" && { model: facts.model }),
    ...(typeof facts.text === "string" && { text: facts.text }),
  };
}

function contentOf(file: Uint8Array | string | object): Content {
  if (typeof file === "string")
    return fromJson(parseJsonBytes(new TextEncoder().encode(file), place));
  if (!(file instanceof Uint8Array)) return fromJson(file);
  const first = file.find((byte) => byte > 0x20);
  // A safetensors file begins with a length, whose eight bytes end in zeros.
  if (first === 0x7b && file[7] !== 0) return fromJson(parseJsonBytes(file, place));
  return fromSafetensors(file);
}

function fromSafetensors(bytes: Uint8Array): Content {
  const { entries, metadata } = parseSafetensors(bytes, place);
  const stacks = new Map<Stack, Layer[]>();
  for (const entry of entries) {
    const match = nameForm.exec(entry.name);
    if (!match) continue;
    const [, before, number, side, layer, cross] = match;
    const stack = (cross ? "cross" : (before ?? side ?? "own")) as Stack;
    const layers = stacks.get(stack) ?? [];
    stacks.set(stack, layers);
    layers[Number(number ?? layer)] = {
      shape: entry.shape,
      numbers: () => floatsOf(entry, bytes),
    };
  }
  for (const [stack, layers] of stacks)
    for (let layer = 0; layer < layers.length; layer++)
      if (!layers[layer])
        throw new InputError(
          `${place}: layer ${layer} of ${stack === "own" ? "the" : `the ${stack}`} attentions is missing; there are ${layers.length}`,
        );
  const facts = Object.fromEntries(
    Object.entries(metadata).map(([name, text]) => [name, jsonOrText(text)]),
  );
  const mask = entries.find(({ name }) => /(^|\.)attention_mask$/.test(name));
  return { stacks, facts, ...(mask && { mask: rowsOf(mask, bytes) }) };
}

function fromJson(json: unknown): Content {
  if (!isObject(json)) throw new InputError(`${place}: the JSON is no object`);
  const stacks = new Map<Stack, Layer[]>();
  for (const [name, stack] of [
    ["attentions", "own"],
    ["encoder_attentions", "encoder"],
    ["decoder_attentions", "decoder"],
    ["cross_attentions", "cross"],
  ] as const)
    if (Array.isArray(json[name]) && json[name].length > 0)
      stacks.set(stack, (json[name] as unknown[]).map(listed));
  const mask = json.attention_mask;
  return {
    stacks,
    facts: json,
    ...(Array.isArray(mask) && { mask: (Array.isArray(mask[0]) ? mask : [mask]) as number[][] }),
  };
}

/** Lists within lists as a layer: (H, T, S) or (B, H, T, S). */
function listed(given: unknown, layer: number): Layer {
  const shape: number[] = [];
  for (let inside = given; Array.isArray(inside); inside = inside[0]) shape.push(inside.length);
  const numbers = (given as unknown[]).flat(Number.POSITIVE_INFINITY);
  if (numbers.length !== shape.reduce((size, length) => size * length, 1))
    throw new ShapeError(`${place}: layer ${layer}: its lists have different lengths`);
  const wrong = numbers.find((number) => typeof number !== "number" && number !== null);
  if (wrong !== undefined)
    throw new InputError(
      `${place}: layer ${layer} holds numbers only, got ${short(String(wrong))}`,
    );
  const values = Float32Array.from(numbers, (number) =>
    number === null ? Number.NaN : Number(number),
  );
  return { shape, numbers: () => values };
}

function chosenStack({ stacks }: Content, wanted: AttentionChoice["stack"]): Stack {
  if (stacks.size === 0)
    throw new InputError(
      `${place}: there are no attentions. Save them as tensors named attentions.0, attentions.1, …, or as JSON with "attentions"`,
    );
  if (wanted === undefined) return [...stacks.keys()][0]!;
  if (stacks.has(wanted)) return wanted;
  const own = stacks.has("own") ? "one stack without a name. Leave the stack out" : undefined;
  throw new InputError(
    `${place}: stack "${wanted}"; the file has ${own ?? [...stacks.keys()].join(", ")}`,
  );
}

function shapeOf(layers: readonly Layer[]): [number, number, number, number] {
  const full = ({ shape }: Layer): readonly number[] =>
    shape.length === 3 ? [1, ...shape] : shape;
  const first = full(layers[0]!);
  for (const [layer, one] of layers.entries()) {
    const shape = full(one);
    if (shape.length !== 4 || shape.some((length) => length === 0))
      throw new ShapeError(
        `${place}: layer ${layer} has shape [${one.shape.join(", ")}], (batch, heads, queries, keys) is needed`,
      );
    if (shape.some((length, axis) => length !== first[axis]))
      throw new ShapeError(
        `${place}: layer ${layer} has shape [${shape.join(", ")}], layer 0 has [${first.join(", ")}]`,
      );
  }
  return first as [number, number, number, number];
}

/** The tokens of a text, or their numbers where nobody says them. */
function tokensOf(given: unknown, row: number, count: number, what: string): string[] {
  if (given === undefined) return Array.from({ length: count }, (_, place) => String(place));
  const lists = Array.isArray(given) && Array.isArray(given[0]) ? (given as unknown[])[row] : given;
  if (!Array.isArray(lists) || lists.some((token) => typeof token !== "string"))
    throw new InputError(
      `${place}: ${what} must be a list of texts, such as tokenizer.convert_ids_to_tokens gives`,
    );
  if (lists.length !== count)
    throw new ShapeError(`${place}: ${lists.length} ${what}, but the attention is of ${count}`);
  return (lists as string[]).map((token) => token.replace(/^[Ġ▁](?=.)/u, ""));
}

function kept(length: number, mask: readonly number[] | undefined): number[] {
  return Array.from({ length }, (_, place) => place).filter(
    (place) => mask === undefined || mask[place] !== 0,
  );
}

/** The weights of one text between the places that are kept, (H, T, S). */
function chosenPart(
  { shape, numbers }: Layer,
  row: number,
  queries: readonly number[],
  keys: readonly number[],
): Float32Array {
  const [H, T, S] = shape.slice(-3) as [number, number, number];
  const all = numbers();
  const part = new Float32Array(H * queries.length * keys.length);
  let at = 0;
  for (let head = 0; head < H; head++)
    for (const query of queries)
      for (const key of keys) part[at++] = all[((row * H + head) * T + query) * S + key]!;
  return part;
}

/** NaN where no head of a layer gives a key any weight. */
function hidden(weights: Float32Array, H: number, T: number, S: number): Float32Array {
  for (let cell = 0; cell < T * S; cell++) {
    let isSeen = false;
    for (let head = 0; head < H; head++) isSeen ||= weights[head * T * S + cell] !== 0;
    if (isSeen) continue;
    for (let head = 0; head < H; head++) weights[head * T * S + cell] = Number.NaN;
  }
  return weights;
}

function floatsOf({ name, type, start, end }: SafetensorsEntry, bytes: Uint8Array): Float32Array {
  if (!isStoredType(type))
    throw new InputError(`${place}: tensor "${short(name)}" is ${type}. Save it as float32`);
  return toFloat32(type, bytes.slice(start, end));
}

function rowsOf(
  { name, type, shape, start, end }: SafetensorsEntry,
  bytes: Uint8Array,
): number[][] {
  const width = shape.at(-1) ?? 0;
  if (!isStoredType(type) || shape.length !== 2)
    throw new InputError(
      `${place}: tensor "${short(name)}" must be whole numbers, (batch, tokens)`,
    );
  const values = toInt32(type, bytes.slice(start, end), `${place}: ${short(name)}`);
  return Array.from({ length: shape[0]! }, (_, row) =>
    Array.from(values.subarray(row * width, (row + 1) * width)),
  );
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
