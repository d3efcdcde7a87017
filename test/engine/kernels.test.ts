import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { assemble, assemblyTexts } from "../../scripts/assemble.ts";
import { generatedFiles } from "../../scripts/build-kernels.ts";
import { build } from "../../src/backends/cpu/kernels/source.ts";
import { KernelBuilder } from "../../src/backends/cpu/language/builder.ts";
import { targets } from "../../src/backends/cpu/language/instruction.ts";
import { interpret } from "../../src/backends/cpu/language/interpret.ts";
import { allocate } from "../../src/backends/cpu/language/registers.ts";
import { printX86 } from "../../src/backends/cpu/language/x86.ts";

const generated = new URL("../../src/backends/cpu/generated/", import.meta.url);

test("the generated files are what the kernels say: run `npm run kernels` after a change", async () => {
  for (const [name, text] of await generatedFiles())
    expect(readFileSync(new URL(name, generated), "utf8") === text, name).toBe(true);
});

test("the WebAssembly module is valid", async () => {
  const { bytes } = await import("../../src/backends/cpu/generated/wasm.generated.ts");
  expect(WebAssembly.validate(Buffer.from(bytes, "base64"))).toBe(true);
});

describe("machine code", () => {
  const folder = mkdtempSync(join(tmpdir(), "heed-kernels-"));
  const binutils = ["as", "objcopy", "objdump"].every((tool) => {
    try {
      execFileSync(tool, ["--version"]);
      return true;
    } catch {
      return false;
    }
  });
  for (const name of ["avx512", "avx2"] as const)
    test(`${name}: GNU as understands every instruction as our assembler does`, ({ skip }) => {
      if (!binutils) skip("binutils is not installed");
      for (const [kernel, text] of assemblyTexts(targets[name])) {
        const file = (suffix: string) => join(folder, `${kernel}.${suffix}`);
        writeFileSync(file("s"), text);
        execFileSync("as", [file("s"), "-o", file("o")]);
        execFileSync("objcopy", ["-O", "binary", "-j", ".text", file("o"), file("theirs")]);
        const { bytes, entry } = assemble(text, kernel);
        writeFileSync(file("ours"), bytes);
        const theirs = disassembled(file("theirs"), entry);
        const ours = disassembled(file("ours"), entry);
        // Where no jump is chosen longer than it must be, the bytes are the same too.
        const wrong = ours.findIndex((line, index) => line !== theirs[index]);
        expect(wrong < 0 ? "" : `${kernel}: ${ours[wrong]} is ${theirs[wrong]} to GNU`).toBe("");
        expect(ours.length).toBe(theirs.length);
      }
    });
  afterAll(() => rmSync(folder, { recursive: true }));
});

/** Instructions of a flat binary, without where jumps go (their length may differ) and where things lie. */
function disassembled(path: string, entry: number): string[] {
  const flags = ["-D", "-b", "binary", "-mi386:x86-64", "--no-show-raw-insn"];
  const text = execFileSync("objdump", [...flags, `--start-address=${entry}`, path], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return text
    .split("\n")
    .filter((line) => /^\s*[0-9a-f]+:/.test(line))
    .map((line) =>
      line
        .replace(/^\s*[0-9a-f]+:\s*/, "")
        .replace(/^(j\w+)\s.*/, "$1")
        .replace(/-?0x[0-9a-f]+\(%rip\).*/, "pool(%rip)")
        .trim(),
    );
}

describe("registers", () => {
  test("a kernel that holds too many vectors is refused, with the number", () => {
    const k = new KernelBuilder(targets.avx2, []);
    const many = Array.from({ length: 16 }, () => k.vector(k.constant(1)));
    for (const vector of many) k.store(vector, k.at(k.block));
    expect(() => printX86(k.finish("greedy"))).toThrow(
      /greedy \(avx2\): 16 vectors are alive at once, 15/,
    );
  });

  test("integers that do not fit go to the stack, the least used first, and still count", () => {
    const source = {
      name: "many",
      fields: ["output"] as const,
      floats: [],
      write(k: KernelBuilder<"output">) {
        const numbers = Array.from({ length: 30 }, (_, n) => k.integer(n + 1));
        const total = k.integer(0);
        k.loop(0, 3, 1, () => k.advance(total, numbers[29]!));
        for (const number of numbers) k.advance(total, number);
        k.storeInteger(total, k.at(k.argument("output")));
      },
    };
    const kernel = build(source, targets.avx512);
    const { slots, places } = allocate(kernel, [0, 1, 2, 3, 4, 5], 30);
    expect(slots).toBeGreaterThan(20);
    const registers = [...places.values()].filter((place) => "register" in place);
    expect(registers.length).toBeGreaterThan(5);
    const memory = new ArrayBuffer(256);
    new DataView(memory).setInt32(64, 128, true);
    interpret(kernel, memory, 0);
    expect(new DataView(memory).getInt32(128, true)).toBe(465 + 90);
  });
});

describe("the interpreter", () => {
  test("refuses to read or write outside of its memory", () => {
    const k = new KernelBuilder(targets.avx2, []);
    k.store(k.vector(k.constant(1)), k.at(k.block, 48));
    const kernel = k.finish("outside");
    expect(() => interpret(kernel, new ArrayBuffer(64), 0)).toThrow(RangeError);
    interpret(kernel, new ArrayBuffer(80), 0);
  });
});
