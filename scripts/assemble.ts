import { AssemblyState } from "@defasm/core";
import wabt from "wabt";
import { sources } from "../src/backends/cpu/kernels/all.ts";
import { build, type KernelSource } from "../src/backends/cpu/kernels/source.ts";
import { type Target, targets } from "../src/backends/cpu/language/instruction.ts";
import { printModule } from "../src/backends/cpu/language/wasm.ts";
import { printX86 } from "../src/backends/cpu/language/x86.ts";

/** Machine code of all kernels for one processor, and where each is entered. */
export interface MachineCode {
  readonly bytes: Uint8Array;
  readonly entries: Readonly<Record<string, number>>;
}

const all: readonly KernelSource[] = Object.values(sources);
/** Kernels begin on a cache line of their own. */
const ALIGNMENT = 64;

/** Assembly text of every kernel, by name. */
export function assemblyTexts(target: Target): Map<string, string> {
  return new Map(all.map((source) => [source.name, printX86(build(source, target))]));
}

/** All kernels for one x86-64 processor. */
export function assembleX86(target: Target): MachineCode {
  const parts: Uint8Array[] = [];
  const entries: Record<string, number> = {};
  let length = 0;
  for (const [name, text] of assemblyTexts(target)) {
    const { bytes, entry } = assemble(text, name);
    entries[name] = length + entry;
    const padded = new Uint8Array(Math.ceil(bytes.length / ALIGNMENT) * ALIGNMENT);
    padded.set(bytes);
    parts.push(padded);
    length += padded.length;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, entries };
}

/** Bytes of assembly text whose code starts at the label `name`, after its constants. Throws on what the assembler refuses. */
export function assemble(text: string, name: string): { bytes: Uint8Array; entry: number } {
  const codeStart = text.startsWith(`${name}:`) ? 0 : text.indexOf(`\n${name}:`) + 1;
  const state = new AssemblyState();
  state.compile(text, { haltOnError: true });
  const words = text
    .slice(0, codeStart)
    .split("\n")
    .filter((line) => line.includes(".long"));
  return { bytes: Uint8Array.from(state.head.dump()), entry: 4 * words.length };
}

/** All kernels as one WebAssembly module, for plain or relaxed SIMD. */
export async function assembleWasm(target: Target): Promise<Uint8Array> {
  const features = { simd: true, threads: true, relaxed_simd: target === targets.relaxed };
  const text = printModule(all.map((source) => build(source, target)));
  const module = (await wabt()).parseWat(`${target.name}.wat`, text, features);
  const { buffer } = module.toBinary({});
  module.destroy();
  return Uint8Array.from(buffer);
}
