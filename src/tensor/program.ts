import { ShapeError } from "../errors/errors.ts";
import type { AttentionRequest, Attributes, OperationName } from "./attributes.ts";
import type { Backend } from "./backend.ts";
import { type Entry, endsSubmission } from "./entry.ts";
import { LazyTensor, type Recorder } from "./lazy-tensor.ts";
import { type Operation, writtenInputs } from "./operation.ts";
import { formatShape, type Shape, sizeOf } from "./shape.ts";
import type { NumberType } from "./storage.ts";
import type { Tensor } from "./tensor.ts";

/** Operations whose keys and values may be the first rows of a cache. */
const cacheReaders: ReadonlySet<OperationName> = new Set(["scaledDot", "mix", "attention", "part"]);

/** Records operations; `execute` carries them out later. Model code never sees numbers, only shapes. */
export class Program implements Recorder {
  readonly backend: Backend;
  readonly entries: Entry[] = [];
  #alive: LazyTensor[] = [];
  readonly #kept = new Set<LazyTensor>();

  constructor(backend: Backend) {
    this.backend = backend;
  }

  /** Numbers that come from outside: ids, masks, positions, an image. */
  input(data: Float32Array | Int32Array, shape: Shape, label: string): LazyTensor {
    if (data.length !== sizeOf(shape))
      throw new ShapeError(
        `${label}: shape ${formatShape(shape)} needs ${sizeOf(shape)} values, got ${data.length}`,
      );
    const value = this.#create(shape, data instanceof Int32Array ? "i32" : "f32", label);
    this.entries.push({ kind: "input", value, data });
    return value;
  }

  /** Whether the backend has a fused attention for this. */
  attends(request: AttentionRequest): boolean {
    return this.backend.attends?.(request) ?? false;
  }

  /** Appends one operation and returns its outputs. */
  record<N extends OperationName>(
    name: N,
    inputs: readonly LazyTensor[],
    attributes: Attributes[N],
    ...shapes: readonly Shape[]
  ): LazyTensor[] {
    for (const input of inputs)
      if (input.program !== undefined && input.program !== this)
        throw new ShapeError(
          `${name}: input ${input} belongs to another run. Tensors of one run cannot be used in the next`,
        );
    if (!cacheReaders.has(name)) for (const input of inputs) expectPacked(name, input);
    const outputs = shapes.map((shape) => this.#create(shape, "f32", name));
    const operation = { name, inputs, outputs, attributes } as unknown as Operation;
    // What was read before it is written must not be carried out together with that.
    if (writtenInputs(operation).some((value) => this.#isToBeRead(value)))
      this.entries.push({ kind: "free", values: [] });
    this.entries.push({ kind: "operation", operation });
    return outputs;
  }

  /** The same memory under another shape. */
  alias(value: LazyTensor, shape: Shape): LazyTensor {
    expectPacked("reshape", value);
    return new LazyTensor(shape, value.type, value.label, { program: this, base: value });
  }

  /** The first rows of axis 2 of a cache (B, H, capacity, D), which this program has just written. */
  firstRows(cache: LazyTensor, rows: number): LazyTensor {
    const capacity = cache.shape[2]!;
    return new LazyTensor(cache.shape.with(2, rows), cache.type, cache.label, {
      program: this,
      base: cache,
      capacity: rows === capacity ? undefined : capacity,
    });
  }

  /** Hands the numbers to `receive` when the program comes by here. */
  read(value: LazyTensor, receive: (tensor: Tensor) => void): void {
    expectPacked("read", value);
    this.entries.push({ kind: "read", value, receive });
  }

  /** Takes the numbers out, lets `change` replace them, and goes on with the result (of the same shape). */
  change(
    value: LazyTensor,
    change: (tensor: Tensor) => Tensor | Promise<Tensor>,
    label: string,
  ): LazyTensor {
    expectPacked("patch", value);
    const result = this.#create(value.shape, "f32", label);
    this.entries.push({ kind: "change", value, result, change });
    return result;
  }

  /** Ones where a function picks numbers, zeros elsewhere, of the same shape: a choice, which has no slope. */
  choose(value: LazyTensor, choose: (tensor: Tensor) => Tensor, label: string): LazyTensor {
    expectPacked("choose", value);
    const result = this.#create(value.shape, "f32", label);
    this.entries.push({ kind: "change", value, result, change: choose, isChoice: true });
    return result;
  }

  /** A stage (a layer): carried out in one go, and everything made inside but the results is freed at its end. */
  stage<T extends readonly LazyTensor[]>(label: string, body: () => T): T {
    return this.#scope(body, () => this.entries.push({ kind: "stage", label }));
  }

  /** A part of a stage whose memory is wanted back at once: everything made inside but the results is freed at its end. */
  scope<T extends readonly LazyTensor[]>(body: () => T): T {
    return this.#scope(body, () => {});
  }

  /** Whether a value was made before the stage being recorded, so that several layers may share it. */
  isShared(value: LazyTensor): boolean {
    return !this.#alive.includes(value.root);
  }

  /** The numbers of an input, which are known now; undefined for what is computed. */
  inputNumbers(value: LazyTensor): Float32Array | Int32Array | undefined {
    for (const entry of this.entries)
      if (entry.kind === "input" && entry.value === value.root) return entry.data;
    return undefined;
  }

  /** Keeps a value beyond the stage it is made in, to the end of the run: a second stream from layer to layer. */
  keep(value: LazyTensor): LazyTensor {
    this.#kept.add(value.root);
    return value;
  }

  /** Records activations that are part of products as operations of their own, so that what enters them is a value; of these results. */
  separateActivations(results: ReadonlySet<LazyTensor>): void {
    const before = new Map<LazyTensor, LazyTensor>();
    const entries = this.entries.flatMap((entry): Entry[] => {
      if (entry.kind === "free") {
        const extra = entry.values.flatMap((value) => before.get(value) ?? []);
        return [{ kind: "free", values: [...entry.values, ...extra] }];
      }
      if (entry.kind !== "operation" || entry.operation.name !== "linear") return [entry];
      const { inputs, outputs, attributes } = entry.operation;
      const [result] = outputs as [LazyTensor];
      const { activation, heads } = attributes;
      if (activation === "linear" || !results.has(result)) return [entry];
      const own = new LazyTensor(result.shape, "f32", "linear", { program: this });
      before.set(result, own);
      return [
        {
          kind: "operation",
          operation: {
            name: "linear",
            inputs,
            outputs: [own],
            attributes: { activation: "linear", heads },
          },
        },
        {
          kind: "operation",
          operation: {
            name: "activate",
            inputs: [own],
            outputs: [result],
            attributes: { activation },
          },
        },
      ];
    });
    this.entries.splice(0, this.entries.length, ...entries);
    this.#alive.push(...this.#alive.flatMap((value) => before.get(value) ?? []));
  }

  /** Values freed by the first entries live on for those behind: what still needs them says when they go. */
  keepUntilLastUse(first: number): void {
    const later = new Set<LazyTensor>();
    for (const entry of this.entries.slice(first))
      if (entry.kind === "operation")
        for (const { root } of entry.operation.inputs) later.add(root);
    for (let place = 0; place < first; place++) {
      const entry = this.entries[place]!;
      if (entry.kind !== "free" || !entry.values.some((value) => later.has(value))) continue;
      const values = entry.values.filter((value) => !later.has(value));
      this.entries[place] = { kind: "free", values };
      this.#alive.push(...entry.values.filter((value) => later.has(value)));
    }
  }

  /** Frees what is still alive; called once, when everything is recorded. */
  finish(): void {
    this.entries.push({ kind: "stage", label: "end" }, { kind: "free", values: this.#alive });
    this.#alive = [];
  }

  #scope<T extends readonly LazyTensor[]>(body: () => T, end: () => void): T {
    const outer = this.#alive;
    this.#alive = [];
    const results = body();
    const kept = new Set([...results.map((result) => result.root), ...this.#kept]);
    end();
    this.entries.push({ kind: "free", values: this.#alive.filter((value) => !kept.has(value)) });
    this.#alive = [...outer, ...this.#alive.filter((value) => kept.has(value))];
    return results;
  }

  /** Whether a value is read by entries that are carried out together with the next one. */
  #isToBeRead({ root }: LazyTensor): boolean {
    for (let place = this.entries.length - 1; place >= 0; place--) {
      const entry = this.entries[place]!;
      if (endsSubmission(entry)) return false;
      if (entry.kind === "read" && entry.value.root === root) return true;
    }
    return false;
  }

  #create(shape: Shape, type: NumberType, label: string): LazyTensor {
    const value = new LazyTensor(shape, type, label, { program: this });
    this.#alive.push(value);
    return value;
  }
}

function expectPacked(place: string, value: LazyTensor): void {
  if (value.capacity !== undefined)
    throw new ShapeError(
      `${place}: ${value} are the first rows of a cache of ${value.capacity}; only ${[...cacheReaders].join(", ")} read those`,
    );
}
