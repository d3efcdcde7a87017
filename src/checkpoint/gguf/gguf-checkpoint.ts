import { CheckpointError } from "../../errors/errors.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { withComputed } from "../computed.ts";
import { toFloat32 } from "../numbers.ts";
import { dequantisedTo } from "../quantized/weight.ts";
import type { FileSource } from "../source.ts";
import { elementCount, storedCheckpoint } from "../stored-checkpoint.ts";
import { architectureOf, configOf, namedTensors, rotaryFactors } from "./architectures.ts";
import { blockType } from "./blocks.ts";
import { type GgufHeader, type GgufTensor, readGgufHeader } from "./header.ts";
import { computedTensors, isRaw, storedTable } from "./tensors.ts";
import { tokenizerFiles } from "./tokenizer-files.ts";

/**
 * A GGUF file as a checkpoint: its metadata as config.json and the tokenizer's files, its tensors under transformers' names and
 * in its layouts. Blocks are unpacked to float32 as they are read, to the bit as gguf-py does; 16-bit numbers stay as they are.
 * Throws CheckpointError for what is malformed, and for architectures, types and tokenizers that heed does not read.
 */
export async function openGguf(source: FileSource, file: string): Promise<Checkpoint> {
  const place = `${source.label}: ${file}`;
  const header = await readGgufHeader(source, file);
  const architecture = architectureOf(header, place);
  const config = {
    ...configOf(header, architecture),
    ...(await turning(source, file, header)),
  };
  const tensors = namedTensors(header, architecture, config);
  const files = tokenizerFiles(header, place);
  const stored = storedCheckpoint(source, config, storedTable(tensors, file));
  const computed = new Map(
    [...computedTensors(tensors, () => stored)].map(([name, one]) => [name, { ...one, file }]),
  );
  return {
    ...withComputed(stored, computed, isRaw),
    label: `${source.label}/${file}`,
    warnings: sizes(
      `${source.label}/${file}`,
      tensors.map(({ tensor }) => tensor),
    ),
    text: async (name) => (Object.hasOwn(files, name) ? files[name] : undefined),
    data: async () => undefined,
  };
}

/** What the quantised tensors of a file take when they are numbers. */
function sizes(place: string, tensors: readonly GgufTensor[]): string[] {
  const packed = tensors.filter(({ type }) => blockType(type).unpack);
  if (packed.length === 0) return [];
  const types = [...new Set(packed.map(({ type }) => type))].sort().join(", ");
  const stored = packed.reduce((sum, { start, end }) => sum + end - start, 0);
  const numbers = packed.reduce((sum, { shape }) => sum + 4 * elementCount(shape), 0);
  return [dequantisedTo(place, types, packed.length, stored, numbers)];
}

/** How fast each pair turns, which llama.cpp keeps as tables: as config.json says it. */
async function turning(source: FileSource, file: string, header: GgufHeader) {
  const { all, long = all, short = all } = rotaryFactors(header);
  if (!long || !short) return {};
  const [slow, fast] = await Promise.all([long, short].map((one) => numbersOf(source, file, one)));
  const { metadata } = header;
  const prefix = String(metadata.get("general.architecture"));
  const positions = metadata.get(`${prefix}.context_length`);
  const original = metadata.get(`${prefix}.rope.scaling.original_context_length`) ?? positions;
  const attention = metadata.get(`${prefix}.rope.scaling.attn_factor`);
  return {
    rope_scaling: {
      rope_type: "longrope",
      short_factor: fast,
      long_factor: slow,
      original_max_position_embeddings: original,
      // Llama 3's tables say all; Phi's lengthen the vectors too.
      ...(all
        ? { attention_factor: 1 }
        : typeof attention === "number"
          ? { attention_factor: attention }
          : {}),
    },
  };
}

async function numbersOf(source: FileSource, file: string, tensor: GgufTensor): Promise<number[]> {
  const { type, start, end, name } = tensor;
  if (type !== "F32" || end - start > 1 << 16)
    throw new CheckpointError(`${source.label}: ${file}: ${name} is no short list of F32`);
  return [...toFloat32(type, await source.read(file, start, end))];
}
