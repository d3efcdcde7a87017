/** Writes the little of ONNX's protobuf that the rivals' graphs need. */

type Field = readonly [number: number, value: number | string | Uint8Array];

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value < 0 ? BigInt.asUintN(64, BigInt(value)) : BigInt(value);
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let place = 0;
  for (const part of parts) {
    all.set(part, place);
    place += part.length;
  }
  return all;
}

function message(fields: readonly Field[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [number, value] of fields) {
    if (typeof value === "number") {
      parts.push(Uint8Array.from([...varint(number << 3), ...varint(value)]));
      continue;
    }
    const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
    parts.push(Uint8Array.from([...varint((number << 3) | 2), ...varint(bytes.length)]), bytes);
  }
  return concatenated(parts);
}

export type Attribute = number | string | readonly number[] | { readonly float: number };

function attribute(name: string, value: Attribute): Uint8Array {
  if (typeof value === "number")
    return message([
      [1, name],
      [3, value],
      [20, 2],
    ]);
  if (typeof value === "string")
    return message([
      [1, name],
      [4, value],
      [20, 3],
    ]);
  if ("float" in value) {
    const bits = new Uint8Array(Float32Array.of(value.float).buffer);
    const head = message([[1, name]]);
    return concatenated([head, Uint8Array.of((2 << 3) | 5), bits, message([[20, 1]])]);
  }
  return message([[1, name], ...value.map((item): Field => [8, item]), [20, 7]]);
}

/** Numbers of ONNX's element types. */
export const FLOAT = 1;
export const INT64 = 7;

/** A graph in the making; each method adds one node and returns the name of its output. */
export class OnnxGraph {
  readonly #nodes: Uint8Array[] = [];
  readonly #tensors: Uint8Array[] = [];
  readonly #inputs: Uint8Array[] = [];
  readonly #outputs: Uint8Array[] = [];
  readonly #opset: number;
  #count = 0;

  /** Operators as the version `opset` of ONNX defines them. */
  constructor(opset = 20) {
    this.#opset = opset;
  }

  input(name: string, shape: readonly (number | string)[], type = FLOAT): string {
    this.#inputs.push(valueInfo(name, shape, type));
    return name;
  }

  output(name: string, shape: readonly (number | string)[]): void {
    this.#outputs.push(valueInfo(name, shape, FLOAT));
  }

  constant(data: Float32Array | BigInt64Array, shape: readonly number[]): string {
    const name = `constant${this.#count++}`;
    const type = data instanceof Float32Array ? FLOAT : INT64;
    const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const dimensions = shape.map((length): Field => [1, length]);
    this.#tensors.push(message([...dimensions, [2, type], [8, name], [9, raw]]));
    return name;
  }

  integers(...values: readonly number[]): string {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length]);
  }

  node(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = "",
    output = `value${this.#count++}`,
  ): string {
    this.#nodes.push(
      message([
        ...inputs.map((input): Field => [1, input]),
        [2, output],
        [3, `${type}${this.#count}`],
        [4, type],
        ...Object.entries(attributes).map(([name, value]): Field => [5, attribute(name, value)]),
        ...(domain ? [[7, domain] as Field] : []),
      ]),
    );
    return output;
  }

  /** The whole model as bytes. */
  bytes(): Uint8Array {
    const graph = message([
      ...this.#nodes.map((node): Field => [1, node]),
      [2, "heed"],
      ...this.#tensors.map((tensor): Field => [5, tensor]),
      ...this.#inputs.map((input): Field => [11, input]),
      ...this.#outputs.map((output): Field => [12, output]),
    ]);
    const opset = message([
      [1, ""],
      [2, this.#opset],
    ]);
    const extra = message([
      [1, "com.microsoft"],
      [2, 1],
    ]);
    return message([
      [1, 9],
      [8, opset],
      [8, extra],
      [7, graph],
    ]);
  }
}

function valueInfo(name: string, shape: readonly (number | string)[], type: number): Uint8Array {
  const dimensions = shape.map(
    (length): Field => [1, message([typeof length === "number" ? [1, length] : [2, length]])],
  );
  const tensor = message([
    [1, type],
    [2, message(dimensions)],
  ]);
  return message([
    [1, name],
    [2, message([[1, tensor]])],
  ]);
}
