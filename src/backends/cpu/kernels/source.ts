import { KernelBuilder } from "../language/builder.ts";
import type { Kernel, Target } from "../language/instruction.ts";

/** A kernel before it is printed for a machine: its arguments by name, and how it is written down. */
export interface KernelSource<Field extends string = string> {
  readonly name: string;
  /** In the order they lie in the argument block. */
  readonly fields: readonly Field[];
  /** Those that are f32; the others are counts, bytes or addresses. */
  readonly floats: readonly Field[];
  write(k: KernelBuilder<Field>): void;
}

/** The steps of a kernel for one machine. */
export function build<Field extends string>(source: KernelSource<Field>, target: Target): Kernel {
  const k = new KernelBuilder(target, source.fields);
  source.write(k);
  return k.finish(source.name);
}
