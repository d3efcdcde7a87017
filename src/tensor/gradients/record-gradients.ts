import { ShapeError } from "../../errors/errors.ts";
import type { OperationName } from "../attributes.ts";
import type { Entry } from "../entry.ts";
import type { LazyTensor } from "../lazy-tensor.ts";
import type { Operation } from "../operation.ts";
import { add, reshape } from "../operations.ts";
import type { Program } from "../program.ts";
import { sameShape } from "../shape.ts";
import { vjps } from "./table.ts";
import type { Recorded, Vjp } from "./vjp.ts";

/** A value whose gradient is asked for, and who is given it as soon as it is complete; undefined where the loss does not depend on it. */
export interface Asked {
  readonly value: LazyTensor;
  readonly receive: (gradient: LazyTensor | undefined) => void;
}

export interface GradientOptions {
  /**
   * True: layers hand on what enters them, and the rest of each is computed again when its gradient is; false: all is kept. The
   * numbers are the same.
   */
  readonly recompute?: boolean;
}

/**
 * Records the gradients of a loss, which is one number, behind the pass that made it (reverse accumulation, Linnainmaa 1970): more
 * operations of the same program, in stages of their own ("gradient of layers.3"). Call it before `finish`. Throws ShapeError for a
 * loss of several numbers, and for a pass with what has no derivative: a cache, a function that changes a value.
 */
export function recordGradients(
  program: Program,
  loss: LazyTensor,
  asked: readonly Asked[],
  { recompute = true }: GradientOptions = {},
): void {
  if (loss.shape.some((length) => length !== 1))
    throw new ShapeError(`gradient: the loss ${loss} is not one number`);
  const seeds = asked.map(({ value }) => value.root);
  program.separateActivations(dependents(program.entries, seeds));
  const forward = [...program.entries];
  const needed = dependents(forward, seeds);
  const backward = new Backward(program, asked, needed);
  backward.receive(loss, program.input(Float32Array.of(1), loss.shape, "gradient of the loss"));
  const segments = segmentsOf(forward);
  const keepsAll = !recompute;
  for (const segment of segments.reverse()) {
    const again = keepsAll ? undefined : new Again(program, segment);
    const entries = segment.entries.filter((entry) => entry.kind === "operation").reverse();
    const own = new Set<LazyTensor>();
    for (const { operation } of entries) for (const out of operation.outputs) own.add(out);
    if (![...own].some((value) => backward.has(value))) continue;
    const label = `gradient of ${segment.label}`;
    program.stage(label, () => {
      for (const { operation } of entries)
        backward.through(operation, (value) => again?.of(value) ?? value);
      return backward.open(own);
    });
  }
  backward.finish();
  if (keepsAll) program.keepUntilLastUse(forward.length);
}

/** A stretch of a program between two marks: a layer, and what was recorded between it and the one before. */
interface Segment {
  readonly label: string;
  readonly entries: readonly Entry[];
  /** What is gone when it has ended. */
  readonly freed: ReadonlySet<LazyTensor>;
}

function segmentsOf(entries: readonly Entry[]): Segment[] {
  const segments: Segment[] = [];
  let start = 0;
  const end = (label: string, last: number, behind: Entry | undefined) => {
    const own = entries.slice(start, last);
    const freed = new Set<LazyTensor>();
    for (const entry of [...own, ...(behind ? [behind] : [])])
      if (entry.kind === "free") for (const value of entry.values) freed.add(value);
    segments.push({ label, entries: own, freed });
    start = last;
  };
  for (const [place, entry] of entries.entries())
    if (entry.kind === "stage") end(entry.label, place + 1, entries[place + 1]);
  end("the output", entries.length, undefined);
  return segments;
}

/** Every value that depends on one of these. Throws ShapeError where a function changes one, since it has no derivative. */
function dependents(entries: readonly Entry[], seeds: readonly LazyTensor[]): Set<LazyTensor> {
  const found = new Set(seeds);
  for (const entry of entries)
    if (entry.kind === "operation") {
      const { inputs, outputs } = entry.operation;
      if (inputs.some(({ root }) => found.has(root)))
        for (const output of outputs) found.add(output);
    } else if (entry.kind === "change" && !entry.isChoice && found.has(entry.value.root))
      throw new ShapeError(
        `gradient: ${entry.result.label} is changed by a function, which has no derivative. Patch it with data: set, add, scale, zero, cut or from`,
      );
  return found;
}

/** Gradients on their way back. */
class Backward {
  readonly #program: Program;
  readonly #asked: readonly Asked[];
  readonly #needed: ReadonlySet<LazyTensor>;
  readonly #gradients = new Map<LazyTensor, LazyTensor>();
  readonly #told = new Set<Asked>();

  constructor(program: Program, asked: readonly Asked[], needed: ReadonlySet<LazyTensor>) {
    this.#program = program;
    this.#asked = asked;
    this.#needed = needed;
  }

  has(value: LazyTensor): boolean {
    return this.#gradients.has(value);
  }

  /** Adds to the gradient of a value. */
  receive(value: LazyTensor, gradient: LazyTensor): void {
    const { root } = value;
    if (!this.#needed.has(root)) return;
    const own = sameShape(gradient.shape, root.shape) ? gradient : reshape(gradient, root.shape);
    const before = this.#gradients.get(root);
    this.#gradients.set(root, before ? add(before, own) : own);
  }

  /** From an operation's result to its inputs; `numbers` gives what a value holds, computed again where it must be. */
  through(operation: Operation, numbers: (value: LazyTensor) => LazyTensor): void {
    const [result, ...others] = operation.outputs;
    if (!result) {
      this.#expectNone(operation);
      return;
    }
    const wrong = others.find((other) => this.#gradients.has(other));
    if (wrong) throw new ShapeError(`gradient: ${wrong} of ${operation.name} is read, not used`);
    const gradient = this.#gradients.get(result);
    if (!gradient) return;
    this.#tell(result, gradient);
    this.#gradients.delete(result);
    const { inputs, attributes } = operation;
    const needs = (input: number) => this.#needed.has(inputs[input]!.root);
    if (!inputs.some((_, input) => needs(input))) return;
    const vjp = (vjps as { readonly [name in OperationName]?: Vjp<OperationName> })[operation.name];
    if (!vjp) throw new ShapeError(`gradient: ${operation.name} has no derivative`);
    const recorded: Recorded<OperationName> = {
      program: this.#program,
      attributes,
      shapes: inputs.map(({ shape }) => shape),
      needs,
      input: (number) => numbers(inputs[number]!),
      inputs: () => inputs.map(numbers),
      output: () => numbers(result),
    };
    const given = vjp(recorded, gradient);
    for (const [place, input] of inputs.entries()) {
      if (!needs(place)) continue;
      const own = given[place];
      if (!own) throw new ShapeError(`gradient: ${operation.name} has no derivative by ${input}`);
      this.receive(input, own);
    }
  }

  /** Gradients of what was made elsewhere, which go on to earlier stages. */
  open(own: ReadonlySet<LazyTensor>): LazyTensor[] {
    return [...this.#gradients].filter(([value]) => !own.has(value)).map(([, own]) => own);
  }

  /** Tells of what nothing made (inputs, learned tensors), and of what the loss does not depend on. */
  finish(): void {
    for (const asked of this.#asked) {
      if (this.#told.has(asked)) continue;
      const gradient = this.#gradients.get(asked.value.root);
      asked.receive(gradient && this.#shaped(asked.value, gradient));
    }
  }

  #tell(value: LazyTensor, gradient: LazyTensor): void {
    for (const asked of this.#asked) {
      if (asked.value.root !== value) continue;
      this.#told.add(asked);
      asked.receive(this.#shaped(asked.value, gradient));
    }
  }

  #shaped({ shape }: LazyTensor, gradient: LazyTensor): LazyTensor {
    return sameShape(gradient.shape, shape) ? gradient : reshape(gradient, shape);
  }

  #expectNone({ name, inputs }: Operation): void {
    if (inputs.some(({ root }) => this.#needed.has(root)))
      throw new ShapeError(
        `gradient: ${name} has no derivative. Gradients are of whole texts, without a cache of keys and values`,
      );
  }
}

/** A segment's values computed once more, as far as they are asked for. */
class Again {
  readonly #program: Program;
  readonly #freed: ReadonlySet<LazyTensor>;
  readonly #madeBy = new Map<LazyTensor, Entry>();
  readonly #copies = new Map<LazyTensor, LazyTensor>();

  constructor(program: Program, { entries, freed }: Segment) {
    this.#program = program;
    this.#freed = freed;
    for (const entry of entries)
      if (entry.kind === "input") this.#madeBy.set(entry.value, entry);
      else if (entry.kind === "operation")
        for (const output of entry.operation.outputs) this.#madeBy.set(output, entry);
  }

  of(value: LazyTensor): LazyTensor {
    const copy = this.#copyOf(value.root);
    if (copy === value.root || sameShape(copy.shape, value.shape))
      return copy === value.root ? value : copy;
    return this.#program.alias(copy, value.shape);
  }

  #copyOf(root: LazyTensor): LazyTensor {
    if (!this.#freed.has(root)) return root;
    const known = this.#copies.get(root);
    if (known) return known;
    const entry = this.#madeBy.get(root);
    if (entry?.kind === "input") {
      const copy = this.#program.input(entry.data, root.shape, root.label);
      this.#copies.set(root, copy);
      return copy;
    }
    if (entry?.kind !== "operation")
      throw new ShapeError(`gradient: ${root} cannot be computed again`);
    const { name, inputs, outputs, attributes } = entry.operation;
    const results = this.#program.record(
      name,
      inputs.map((input) => this.of(input)),
      attributes,
      ...outputs.map(({ shape }) => shape),
    );
    for (const [place, output] of outputs.entries()) this.#copies.set(output, results[place]!);
    return this.#copies.get(root)!;
  }
}
