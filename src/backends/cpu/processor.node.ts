import type { Koffi } from "./koffi.node.ts";
import { type Target, targets } from "./language/instruction.ts";

/**
 * Bytes that ask the processor what it is: called with (leaf, subleaf, out), they write eax, ebx, ecx, edx of CPUID to out;
 * with leaf 2³¹ − 1, XCR0 (what the system saves of wide registers).
 */
export const CPUID = Uint8Array.of(
  0x53, // push rbx
  0x49,
  0x89,
  0xd0, // mov r8, rdx
  0x81,
  0xff,
  0xff,
  0xff,
  0xff,
  0x7f, // cmp edi, 0x7fffffff
  0x74,
  0x17, // je xcr
  0x89,
  0xf8, // mov eax, edi
  0x89,
  0xf1, // mov ecx, esi
  0x0f,
  0xa2, // cpuid
  0x41,
  0x89,
  0x00, // mov [r8], eax
  0x41,
  0x89,
  0x58,
  0x04, // mov [r8+4], ebx
  0x41,
  0x89,
  0x48,
  0x08, // mov [r8+8], ecx
  0x41,
  0x89,
  0x50,
  0x0c, // mov [r8+12], edx
  0x5b, // pop rbx
  0xc3, // ret
  0x31,
  0xc9, // xcr: xor ecx, ecx
  0x0f,
  0x01,
  0xd0, // xgetbv
  0x41,
  0x89,
  0x00, // mov [r8], eax
  0x5b, // pop rbx
  0xc3, // ret
);

/** The widest kernels this processor, and the system on it, can run; `code` is where CPUID lies. */
export function processorTarget(koffi: Koffi, code: number): Target | undefined {
  const proto = koffi.proto("void", ["uint32_t", "uint32_t", "_Out_ uint32_t *"]);
  const out = new Uint32Array(4);
  const ask = (leaf: number, subleaf = 0) => {
    koffi.call(BigInt(code), proto, leaf, subleaf, out);
    return Array.from(out) as [number, number, number, number];
  };
  const has = (word: number, ...bits: number[]) => bits.every((bit) => (word >>> bit) & 1);
  const [highest] = ask(0);
  if (highest < 7) return undefined;
  const [, , features] = ask(1);
  const [fma, osxsave, avx, f16c] = [12, 27, 28, 29];
  if (!has(features, fma, osxsave, avx, f16c)) return undefined;
  const [saved] = ask(0x7fffffff);
  const [, extended] = ask(7);
  const [avx2, bmi2] = [5, 8];
  if (!has(saved, 1, 2) || !has(extended, avx2, bmi2)) return undefined;
  const [avx512f, avx512dq, avx512bw, avx512vl] = [16, 17, 30, 31];
  const isWide = has(saved, 5, 6, 7) && has(extended, avx512f, avx512dq, avx512bw, avx512vl);
  return isWide ? targets.avx512 : targets.avx2;
}
