import * as v from "valibot";
import { InputError } from "../../errors/errors.ts";
import type { Probe } from "../../probe/probe.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import {
  add,
  concat,
  layerNorm,
  linear,
  mix,
  multiply,
  permute,
  reshape,
  slice,
  softmax,
  sum,
} from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { checkConfig, count, type RawConfig } from "../config.ts";
import type { Outputs, Task } from "../family.ts";
import type { Parameters } from "../parameters.ts";

const schema = v.object({ start_n_top: count(5), end_n_top: count(5) });

/** A head that looks for answers with beams: its likeliest starts, then for each the likeliest ends. */
export interface AnswerBeams {
  readonly task: Task;
  readonly readsPooled: false;
  /** What it makes of the last stream: final (B, T, C). */
  readonly beams: (final: LazyTensor, probe: Probe) => Partial<Outputs>;
}

/** Where such a head lies, and what it is told. */
interface BeamsSource {
  readonly family: string;
  readonly raw: RawConfig;
  readonly width: number;
  readonly epsilon: number;
  /** What its tensors' names begin with. */
  readonly prefix: string;
  readonly file: Parameters;
}

/** The head that XLNet brought with it (Yang et al. 2019), as transformers computes it where no answer is given to learn from. */
export function takeAnswerBeams({
  family,
  raw,
  width: C,
  epsilon,
  prefix,
  file,
}: BeamsSource): AnswerBeams {
  const { start_n_top: starts, end_n_top: ends } = checkConfig(schema, raw, family);
  const from = file.beside(prefix);
  const start = from.linear("start_logits.dense", [1, C], "head.start");
  const endDense = from.linear("end_logits.dense_0", [C, 2 * C], "head.end.dense");
  const endNorm = from.norm("end_logits.LayerNorm", C, "head.end.norm");
  const end = from.linear("end_logits.dense_1", [1, C], "head.end");
  const answerDense = from.linear("answer_class.dense_0", [C, 2 * C], "head.answer.dense");
  const answer = from.linear("answer_class.dense_1", [1, C], "head.answer", { bias: false });
  return {
    task: "question answering with beams",
    readsPooled: false,
    beams(final, probe) {
      const [B, T, C] = final.shape as readonly [number, number, number];
      const startLogits = probe.site("startLogits", reshape(linear(final, start), [B, T]));
      const chances = softmax(startLogits); // (B, T)
      const top = largest(probe.program, chances, starts, `${family}: start_n_top`);
      const states = reshape(
        mix(reshape(top.chosen, [B, 1, starts, T]), reshape(final, [B, 1, T, C])),
        [B, starts, 1, C],
      );
      const pairs = concat(
        [repeated(reshape(final, [B, 1, T, C]), [1, starts, 1, 1]), repeated(states, [1, 1, T, 1])],
        3,
      ); // (B, starts, T, 2C)
      const tried = linear(pairs, endDense, { activation: "tanh" }); // (B, starts, T, C)
      const endLogits = probe.site(
        "endLogits",
        reshape(linear(layerNorm(tried, endNorm, epsilon), end), [B, starts, T]),
      );
      const ofStarts = softmax(reshape(endLogits, [B * starts, T]));
      const topEnds = largest(probe.program, ofStarts, ends, `${family}: end_n_top`);
      // As transformers lays them out: every start's likeliest end, then every start's second.
      const laid = (x: LazyTensor) =>
        reshape(permute(reshape(x, [B, starts, ends]), [0, 2, 1]), [B, ends * starts]);
      const mean = mix(reshape(chances, [B, 1, 1, T]), reshape(final, [B, 1, T, C])); // (B, 1, 1, C)
      const last = reshape(slice(final, 1, T - 1, T), [B, C]);
      const asked = linear(concat([reshape(mean, [B, C]), last], 1), answerDense, {
        activation: "tanh",
      }); // (B, C)
      const named = (name: string, value: LazyTensor) => probe.site(name, value);
      return {
        startTopProbabilities: named("startTopProbabilities", top.values),
        startTopIndices: named("startTopIndices", top.places),
        endTopProbabilities: named("endTopProbabilities", laid(topEnds.values)),
        endTopIndices: named("endTopIndices", laid(topEnds.places)),
        answerClass: named("answerClass", reshape(linear(asked, answer), [B])),
      };
    },
  };
}

/** The k largest numbers of each row, the largest first: x (R, T) → values and places (R, k), and 1 at each place (R, k, T). */
function largest(program: Program, x: LazyTensor, k: number, field: string) {
  const [R, T] = x.shape as readonly [number, number];
  const every = repeated(reshape(x, [R, 1, T]), [1, k, 1]); // (R, k, T)
  const chosen = program.choose(every, (rows) => onesAtLargest(rows, field), "the likeliest");
  const places = program.input(
    Float32Array.from({ length: T }, (_, place) => place),
    [1, 1, T],
    "places",
  );
  return {
    chosen,
    values: sum(multiply(every, chosen), 2),
    places: sum(multiply(places, chosen), 2),
  };
}

/** Row r of each text gets a 1 where its r-th largest number is, of equal ones the earlier first: (R, k, T) → (R, k, T). */
function onesAtLargest({ shape, data }: Tensor, field: string): Tensor {
  const [R, k, T] = shape as readonly [number, number, number];
  if (T < k)
    throw new InputError(
      `${field} is ${k} in config.json, and the text has ${T} tokens: there are not so many to choose from. Give a text of at least ${k} tokens`,
    );
  const ones = new Float32Array(R * k * T);
  for (let row = 0; row < R; row++) {
    const own = data.subarray(row * k * T, row * k * T + T);
    const order = Array.from(own.keys()).sort((a, b) => own[b]! - own[a]! || a - b);
    for (let rank = 0; rank < k; rank++) ones[(row * k + rank) * T + order[rank]!] = 1;
  }
  return new Tensor(shape, ones);
}

/** The same numbers so often along each axis of length 1. */
function repeated(x: LazyTensor, times: readonly number[]): LazyTensor {
  const length = times.reduce((product, count) => product * count, 1);
  return add(x, x.program!.input(new Float32Array(length), times, "repeated"));
}
