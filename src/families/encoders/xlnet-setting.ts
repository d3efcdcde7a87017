import { InputError } from "../../errors/errors.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import type { Mask } from "../../tensor/operations.ts";
import { mix, reshape } from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import type { Inputs } from "../inputs.ts";

/** What of an xlnet's config says who sees whom. */
interface Flags {
  readonly d_model: number;
  readonly n_head: number;
  readonly attn_type: "bi" | "uni";
  readonly same_length: boolean;
  readonly clamp_len: number;
  readonly bi_data: boolean;
}

/** What all layers share in a run. */
export interface Setting {
  readonly heads: number;
  readonly mask: Mask;
  /** (1 or B, 2T−1, C): sines and cosines of the distances T−1 … −(T−1). */
  readonly encodings: LazyTensor;
  /** (H, 1): picks every head's row of a table (H, D). */
  readonly everyHead: LazyTensor;
  readonly segments: Segments | undefined;
  readonly targets: Targets | undefined;
}

/** Which tokens belong together. */
interface Segments {
  /** (B, H, 2): rows of a layer's segment table. */
  readonly rows: LazyTensor;
  /** (B, 1, T, kinds): 1 at a token's own kind. */
  readonly kinds: LazyTensor;
  /** (B, 1, S, 1 + kinds): 1, and 1 at a token's own kind. */
  readonly keys: LazyTensor;
}

/** Tokens to predict (targetMapping): a second stream asks for them without seeing what stands there. */
interface Targets {
  /** (B, M) i32: 0, the row of the table all of them begin with. */
  readonly start: LazyTensor;
  /** As the text's, but a target does not see its own content where it is hidden. */
  readonly mask: Mask;
  /** Targets' rows at the tokens they stand for: (B, M, C) → (B, T, C). */
  spread(x: LazyTensor): LazyTensor;
  /** And back: (B, T, C) → (B, M, C). */
  gather(x: LazyTensor): LazyTensor;
}

/** Makes the tensors all layers share. Throws InputError for inputs of other shapes, and for positions. */
export function settingOf(config: Flags, inputs: Inputs, program: Program): Setting {
  checkInputs(inputs);
  const { batch: B, length: T, types } = inputs;
  const H = config.n_head;
  return {
    heads: H,
    mask: visible(config, inputs, program, true),
    encodings: encodings(config, [B, T], program),
    everyHead: program.input(
      Int32Array.from({ length: H }, (_, h) => h),
      [H, 1],
      "heads",
    ),
    segments: types && segmentsOf(types, [B, T, H], program),
    targets: targetsOf(config, inputs, program),
  };
}

function targetsOf(config: Flags, inputs: Inputs, program: Program): Targets | undefined {
  const { targetMapping: mapping, batch: B, length: T } = inputs;
  if (!mapping) return undefined;
  const M = mapping.shape[1]!;
  const turned = new Float32Array(B * T * M);
  for (const [place, value] of mapping.data.entries()) {
    const [b, m, t] = [Math.floor(place / (M * T)), Math.floor(place / T) % M, place % T];
    turned[(b * T + t) * M + m] = value;
  }
  const toTokens = program.input(turned, [B, 1, T, M], "tokens' targets");
  const toTargets = program.input(mapping.data, [B, 1, M, T], "targets' tokens");
  const through = (map: LazyTensor, x: LazyTensor) => {
    const [, rows, C] = x.shape as readonly [number, number, number];
    return reshape(mix(map, reshape(x, [B, 1, rows, C])), [B, map.shape[2]!, C]);
  };
  return {
    start: program.input(new Int32Array(B * M), [B, M], "targets"),
    mask: visible(config, inputs, program, false),
    spread: (x) => through(toTokens, x),
    gather: (x) => through(toTargets, x),
  };
}

function segmentsOf(
  types: Int32Array,
  [B, T, H]: readonly [number, number, number],
  program: Program,
): Segments {
  const numbers = new Map([...new Set(types)].map((type, number) => [type, number]));
  const K = numbers.size;
  const kinds = new Float32Array(B * T * K);
  const keys = new Float32Array(B * T * (K + 1));
  for (const [place, type] of types.entries()) {
    kinds[place * K + numbers.get(type)!] = 1;
    keys[place * (K + 1)] = 1;
    keys[place * (K + 1) + 1 + numbers.get(type)!] = 1;
  }
  const rows = Int32Array.from({ length: B * H * 2 }, (_, n) => (n % 2) * H + ((n >> 1) % H));
  return {
    rows: program.input(rows, [B, H, 2], "own segment and others"),
    kinds: program.input(kinds, [B, 1, T, K], "kinds of tokens"),
    keys: program.input(keys, [B, 1, T, K + 1], "kinds of keys"),
  };
}

/** Sines, then cosines, of a distance at C/2 frequencies, in the single precision transformers computes them in. */
function encodings(
  { d_model: C, clamp_len: clamp, bi_data: isBothWays }: Flags,
  [B, T]: readonly [number, number],
  program: Program,
): LazyTensor {
  const { fround } = Math;
  const half = C / 2;
  const frequencies = Array.from({ length: half }, (_, m) =>
    fround(1 / fround(10000 ** fround((2 * m) / C))),
  );
  const texts = isBothWays ? B : 1;
  const P = 2 * T - 1;
  const values = new Float32Array(texts * P * 2 * half);
  for (let b = 0; b < texts; b++)
    for (let p = 0; p < P; p++) {
      const forwards = T - 1 - p;
      // With bi_data the second half of a batch is read backwards.
      const distance = isBothWays && b >= Math.ceil(B / 2) ? -forwards : forwards;
      const kept = clamp > 0 ? Math.min(Math.max(distance, -clamp), clamp) : distance;
      const place = (b * P + p) * 2 * half;
      for (const [m, frequency] of frequencies.entries()) {
        const angle = fround(kept * frequency);
        values[place + m] = Math.sin(angle);
        values[place + half + m] = Math.cos(angle);
      }
    }
  return program.input(values, [texts, P, 2 * half], "distances");
}

/** Padding and permMask hide keys, uni those that come later; a token sees itself all the same, a target does not. */
function visible(
  config: Flags,
  { batch: B, length: T, ...given }: Inputs,
  program: Program,
  seesItself: boolean,
): Mask {
  const isCausal = config.attn_type === "uni";
  const isAlone = isCausal && config.same_length;
  const mask = given.mask?.includes(0) ? given.mask : undefined;
  const hidden = given.permMask?.data;
  if (!mask && !hidden && !isAlone) return isCausal ? { causalOffset: 0 } : {};
  const allowed = new Int32Array(B * T * T);
  let pair = 0;
  for (let b = 0; b < B; b++)
    for (let i = 0; i < T; i++)
      for (let j = 0; j < T; j++, pair++) {
        const isLater = isCausal && (j > i || (isAlone && j < i));
        const isHidden = isLater || mask?.[b * T + j] === 0 || (hidden?.[pair] ?? 0) > 0;
        allowed[pair] = (seesItself && i === j) || !isHidden ? 1 : 0;
      }
  return { allowed: program.input(allowed, [B, 1, T, T], "visible tokens") };
}

function checkInputs({ batch: B, length: T, ...inputs }: Inputs): void {
  if (inputs.permMask && inputs.permMask.shape.join() !== [B, T, T].join())
    throw new InputError(
      `xlnet: permMask is ${inputs.permMask}, it must be (${B}, ${T}, ${T}): text, query, key`,
    );
  const odd = inputs.permMask?.data.findIndex((hides) => hides !== 0 && hides !== 1) ?? -1;
  if (odd >= 0)
    throw new InputError(
      `xlnet: permMask must hold 1 (may not see) and 0 (sees) only, it holds ${inputs.permMask!.data[odd]} at element ${odd}`,
    );
  const mapping = inputs.targetMapping?.shape;
  if (mapping && (mapping.length !== 3 || mapping[0] !== B || mapping[2] !== T))
    throw new InputError(
      `xlnet: targetMapping is ${inputs.targetMapping}, it must be (${B}, targets, ${T}): text, target, token`,
    );
}
