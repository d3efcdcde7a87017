import { InputError } from "../errors/errors.ts";
import { expectFlags, expectKeys, type KeysOf } from "../errors/options.ts";
import { prepareInput } from "../models/inputs.ts";
import type { ModelParts } from "../models/model-parts.ts";
import type { Patch, PatchList } from "../probe/patch.ts";
import { RunPlan } from "../probe/plan.ts";
import { Probe } from "../probe/probe.ts";
import { execute } from "../tensor/execute.ts";
import { crossEntropy } from "../tensor/gradients/operations.ts";
import { recordGradients } from "../tensor/gradients/record-gradients.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import { concat, embed, multiply, reshape, slice, sum } from "../tensor/operations.ts";
import { adamStep, assign, squareSum } from "../tensor/optimizer-operations.ts";
import { Program } from "../tensor/program.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Batch } from "./batch.ts";
import { type Drawn, type DropHeads, drawnHeads } from "./drop-heads.ts";
import type { LearnedPart, Master } from "./learned-part.ts";
import { type LowRank, learnedParts } from "./learned-parts.ts";
import { isLayerMatrix, muonStep } from "./muon.ts";
import { expectSchedule, rateAt, type Schedule } from "./schedule.ts";
import { restored, type TrainingState, trainingState } from "./training-state.ts";

/** How a model is trained. */
export interface TrainerOptions extends Partial<Schedule> {
  /** How many steps in all, over which the learning rate runs. */
  readonly steps: number;
  /**
   * The parameters that are trained, all if not given: names with * for any part (`layers.*.q.weight`), or one head's share
   * (`L1H2.q`). What is not named stays what it is, bit for bit.
   */
  readonly train?: readonly string[];
  /** Trains matrices of low rank beside frozen ones, and nothing else. */
  readonly lowRank?: LowRank;
  /** Share of the mean gradient, and of its mean square, that stays: 0.9 and 0.999 if not given. */
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  /** Share of a weight, times the rate, that each step takes away; not of norms and biases. 0.01 if not given. */
  readonly weightDecay?: number;
  /** The longest gradient, over all that is trained: longer ones are scaled down to it. 1 if not given; Infinity for none. */
  readonly clip?: number;
  /**
   * Has whole matrices of layers step by Muon (Jordan 2024), at this highest rate over the same schedule: every direction of a matrix moves
   * as far as every other. 0.01 to 0.02 is usual. All else steps by AdamW, as everything does where it is not given.
   */
  readonly matrixRate?: number;
  /** Computes layers again in place of keeping them: less memory, the same numbers. */
  readonly recompute?: boolean;
  /** Changes that hold in every step's pass: data, no functions. */
  readonly patch?: PatchList;
  /** Has texts do without heads now and then, in steps alone: `evaluate` has them all. */
  readonly dropHeads?: DropHeads;
}

const optionKeys: KeysOf<TrainerOptions> = {
  steps: true,
  rate: true,
  warmup: true,
  lowest: true,
  train: true,
  lowRank: true,
  beta1: true,
  beta2: true,
  epsilon: true,
  weightDecay: true,
  clip: true,
  matrixRate: true,
  recompute: true,
  patch: true,
  dropHeads: true,
};

/** Share of the mean gradient that stays where matrices step by Muon: as its author has it. */
const momentum = 0.95;

/** What a step did. */
export interface StepResult {
  /** Steps done by now. */
  readonly step: number;
  /** Mean cross-entropy of the batch in nats, before the step. */
  readonly loss: number;
  /** Length of the gradient over all that is trained, before it was clipped. */
  readonly gradientNorm: number;
  readonly rate: number;
}

/** How well a model does on a batch. */
export interface Evaluation {
  /** Weighted mean cross-entropy, in nats. */
  readonly loss: number;
  /** Answers whose likeliest id is the right one. */
  readonly right: number;
  readonly answers: number;
}

/**
 * Trains a loaded model in place, step by step: AdamW on f32 masters, which each step ends by laying out anew. Between steps the model
 * runs, generates and is read as ever. Made by `model.trainer(…)`.
 */
export class Trainer {
  readonly #parts: ModelParts;
  readonly #work: <T>(task: () => Promise<T>) => Promise<T>;
  readonly #learned: readonly LearnedPart[];
  readonly #options: TrainerOptions;
  readonly #schedule: Schedule;
  readonly #drawn: Drawn;
  #step = 0;
  #isBusy = false;
  #isReleased = false;

  private constructor(
    parts: ModelParts,
    work: <T>(task: () => Promise<T>) => Promise<T>,
    learned: readonly LearnedPart[],
    {
      options,
      schedule,
      drawn,
    }: { readonly options: TrainerOptions; readonly schedule: Schedule; readonly drawn: Drawn },
  ) {
    this.#parts = parts;
    this.#work = work;
    this.#learned = learned;
    this.#options = options;
    this.#schedule = schedule;
    this.#drawn = drawn;
  }

  /** A trainer of a model's parts; `work` has its owner wait for what is under way. */
  static async of(
    parts: ModelParts,
    options: TrainerOptions,
    work: <T>(task: () => Promise<T>) => Promise<T> = (task) => task(),
  ): Promise<Trainer> {
    expectKeys(options, optionKeys, "trainer");
    expectFlags({ recompute: options.recompute }, "trainer");
    const { steps, rate = 1e-3, warmup = Math.ceil(steps / 20), lowest = 0.1 } = options;
    const schedule = { steps, rate, warmup, lowest };
    expectSchedule(schedule);
    const { matrixRate } = options;
    if (matrixRate !== undefined && !(matrixRate > 0 && Number.isFinite(matrixRate)))
      throw new InputError(
        `train: matrixRate is ${matrixRate}, needs a number above 0, such as 0.01`,
      );
    const task = parts.network.task;
    if (!/language modeling/.test(task))
      throw new InputError(
        `train: ${parts.label} has a head for ${task}. heed trains heads over words: a model for language modeling or masked language modeling`,
      );
    const drawn = drawnHeads(options.dropHeads, parts.network.dimensions);
    const learned = await learnedParts(parts, options);
    const masters = learned.flatMap((one) => one.masters);
    if (matrixRate !== undefined && !masters.some(isLayerMatrix))
      throw new InputError(
        "train: matrixRate is given, and no whole matrix of a layer is trained; a head's share and lowRank step by AdamW. Leave it out, or train layers.*.weight",
      );
    return new Trainer(parts, work, learned, { options, schedule, drawn });
  }

  /** Steps done. */
  get step(): number {
    return this.#step;
  }

  /** Numbers that are trained. */
  get trained(): number {
    return this.#masters.reduce(
      (total, { value }) => total + value.shape.reduce((a, b) => a * b, 1),
      0,
    );
  }

  /** The parts that are trained, and what they are made of. */
  get learned(): readonly LearnedPart[] {
    return this.#learned;
  }

  get #masters(): readonly Master[] {
    return this.#learned.flatMap(({ masters }) => masters);
  }

  /** One step on a batch. Throws InputError when the loss is no number any more: then nothing was changed. */
  async train(batch: Batch): Promise<StepResult> {
    return this.#alone(() => this.#train(batch));
  }

  /** Loss and right answers on a batch; nothing is changed. */
  async evaluate(batch: Batch): Promise<Evaluation> {
    return this.#alone(() => this.#evaluate(batch));
  }

  /** All that a later training needs to go on from here, bit for bit. */
  async state(): Promise<TrainingState> {
    return this.#alone(() => trainingState(this.#parts.backend, this.#learned, this.#step));
  }

  /** Goes on from a state. Throws InputError for one of another model, or of other parts. */
  async restore(state: TrainingState): Promise<void> {
    await this.#alone(async () => {
      this.#step = await restored(this.#parts.backend, this.#learned, state);
      const program = new Program(this.#parts.backend);
      this.#layOut(program);
      program.finish();
      await execute(program);
    });
  }

  /** Frees what training needs beside the model, which stays as it is. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    const { backend } = this.#parts;
    const free = (value: LazyTensor | undefined) => {
      if (value?.storage) backend.release(value.storage);
      if (value) value.storage = undefined;
    };
    for (const { masters, frozen } of this.#learned) {
      free(frozen);
      for (const { value, first, second } of masters)
        for (const one of [value, first, second]) free(one);
    }
  }

  async #alone<T>(task: () => Promise<T>): Promise<T> {
    if (this.#isReleased)
      throw new InputError("train: this trainer was released. Make another: model.trainer(…)");
    if (this.#isBusy)
      throw new InputError("train: a step is under way. Await it before the next is begun");
    this.#isBusy = true;
    try {
      return await this.#work(task);
    } finally {
      this.#isBusy = false;
    }
  }

  /** The pass over a batch, with the changes drawn for its texts: logits, one row a place (R, V), and the loss of each place (R). */
  #forward(
    program: Program,
    { input, targets }: Batch,
    drawn: (texts: number) => readonly Patch[] = () => [],
  ) {
    const { label, network, tokenizer } = this.#parts;
    const { inputs, tokens } = prepareInput(input, { label, network, tokenizer });
    const patch = [...(this.#options.patch ?? []), ...drawn(tokens.main.length)];
    const plan = new RunPlan([], patch, tokens);
    const { logits } = network.forward(inputs, new Probe(program, plan));
    plan.check(network.absent, () => []);
    const [B, T, V] = logits!.shape as readonly [number, number, number];
    if (targets.length !== B * T)
      throw new InputError(
        `train: the batch has ${targets.length} targets, its texts ${B * T} places`,
      );
    const rows = reshape(logits!, [B * T, V]);
    const losses = crossEntropy(rows, program.input(targets, [B * T], "targets"));
    return { rows, losses };
  }

  async #train(batch: Batch): Promise<StepResult> {
    const { backend } = this.#parts;
    const { clip = 1, recompute = false } = this.#options;
    const program = new Program(backend);
    const { losses } = this.#forward(program, batch, (texts) => this.#drawn(this.#step + 1, texts));
    const weights = program.input(batch.weights, losses.shape, "weights of the places");
    const loss = sum(multiply(losses, weights), 0);
    const found = new Map<LearnedPart, LazyTensor>();
    const asked = this.#learned.map((one) => ({
      value: one.parameter.value,
      receive: (gradient: LazyTensor | undefined) => {
        if (gradient) found.set(one, gradient);
      },
    }));
    recordGradients(program, loss, asked, { recompute });
    const gradients = [...found].flatMap(([one, whole]) =>
      one.gradients(whole).map((gradient, n) => ({ master: one.masters[n]!, gradient })),
    );
    if (gradients.length === 0)
      throw new InputError("train: the loss depends on nothing that is trained");
    const step = this.#step + 1;
    const rate = rateAt(this.#schedule, step);
    const done = { loss: Number.NaN, squares: Number.NaN };
    program.read(loss, ({ data }) => {
      done.loss = data[0]!;
    });
    const squares = gradients.map(({ gradient }) => squareSum(gradient));
    const measured = concat([...squares, program.input(new Float32Array(4), [4], "factors")], 0);
    // The length of the whole gradient is known on the way, and clips it in the same pass.
    const factors = program.change(
      measured,
      ({ data }) => {
        done.squares = data.subarray(0, squares.length).reduce((total, one) => total + one, 0);
        const norm = Math.sqrt(done.squares);
        if (!Number.isFinite(done.loss) || !Number.isFinite(norm))
          throw new InputError(
            `train: in step ${step} the loss is ${done.loss} and the gradient's length ${norm}; the step was not made. Take a lower rate (it is ${rate.toPrecision(3)}), a longer warm-up, or a smaller clip`,
          );
        const next = Float32Array.from(data);
        next.set([rate, ...this.#corrections(step), norm > clip ? clip / norm : 1], squares.length);
        return new Tensor([next.length], next);
      },
      "factors of the step",
    );
    const own = slice(factors, 0, squares.length, squares.length + 4);
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 } = this.#options;
    const { matrixRate } = this.#options;
    const muon =
      matrixRate === undefined
        ? undefined
        : { clip: slice(own, 0, 3, 4), rate: (matrixRate * rate) / this.#schedule.rate };
    for (const { master, gradient } of gradients) {
      const decay = master.decays ? weightDecay : 0;
      if (muon && isLayerMatrix(master))
        muonStep(master, gradient, muon.clip, { rate: muon.rate, momentum, weightDecay: decay });
      else
        adamStep({ ...master, master: master.value }, gradient, own, {
          beta1,
          beta2,
          epsilon,
          weightDecay: decay,
        });
    }
    this.#layOut(program);
    program.finish();
    await execute(program);
    this.#step = step;
    return { step, loss: done.loss, gradientNorm: Math.sqrt(done.squares), rate };
  }

  /** 1/(1 − βᵗ) of both means, which begin at zero. */
  #corrections(step: number): readonly [number, number] {
    const { beta1 = 0.9, beta2 = 0.999 } = this.#options;
    return [1 / (1 - beta1 ** step), 1 / (1 - beta2 ** step)];
  }

  /** Gives the model what its masters hold. */
  #layOut(program: Program): void {
    for (const one of this.#learned) assign(one.parameter.value, one.numbers(program), program);
  }

  async #evaluate(batch: Batch): Promise<Evaluation> {
    const program = new Program(this.#parts.backend);
    const { rows, losses } = this.#forward(program, batch);
    const weights = program.input(batch.weights, losses.shape, "weights of the places");
    const result = { loss: Number.NaN, right: 0 };
    program.read(sum(multiply(losses, weights), 0), ({ data }) => {
      result.loss = data[0]!;
    });
    const { answers } = batch;
    if (answers.length > 0) {
      const V = rows.shape[1]!;
      const places = program.input(Int32Array.from(answers), [answers.length], "answers");
      program.read(embed(rows, places), ({ data }) => {
        for (const [n, place] of answers.entries())
          if (likeliest(data.subarray(n * V, (n + 1) * V)) === batch.targets[place])
            result.right += 1;
      });
    }
    program.finish();
    await execute(program);
    return { ...result, answers: answers.length };
  }
}

function likeliest(scores: ArrayLike<number>): number {
  let best = 0;
  for (let id = 1; id < scores.length; id++) if (scores[id]! > scores[best]!) best = id;
  return best;
}
