import { copyFile, type FileHandle, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sizeOf } from "../src/tensor/shape.ts";
import { HEADS, INNER, LAYERS, WIDTH } from "./bert-shape.ts";
import { randomNumbers } from "./timing.ts";

const WORDS = 30522;
/** Random numbers that are written again and again: what they are does not matter, that they are no zeros does. */
const BLOCK = randomNumbers(1 << 20, 1, 0.05);
/** How many times larger queries and keys are: their scores then spread by about 2.5. */
const SHARPNESS = 2;

export interface BertCheckpoint {
  readonly folder: string;
  /** Bytes of all its weights. */
  readonly bytes: number;
  remove(): Promise<void>;
}

export interface BertCheckpointOptions {
  /** Tokens a text may have. */
  readonly positions?: number;
  /** Whether it is to read texts and to look at some words more than at others, as trained models do. */
  readonly isReader?: boolean;
}

/** A checkpoint of BERT-base's shape in a temporary folder, f32, as a hub publishes it. */
export async function writeBertCheckpoint({
  positions = 512,
  isReader = false,
}: BertCheckpointOptions = {}): Promise<BertCheckpoint> {
  const folder = await mkdtemp(join(tmpdir(), "heed-bench-"));
  const config = {
    model_type: "bert",
    architectures: ["BertModel"],
    vocab_size: WORDS,
    hidden_size: WIDTH,
    num_hidden_layers: LAYERS,
    num_attention_heads: HEADS,
    intermediate_size: INNER,
    max_position_embeddings: positions,
    layer_norm_eps: 1e-12,
  };
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  if (isReader)
    for (const file of ["tokenizer.json", "tokenizer_config.json", "vocab.txt"])
      await copyFile(
        new URL(`../models/all-MiniLM-L6-v2/${file}`, import.meta.url),
        join(folder, file),
      );
  const shapes = tensorShapes(positions);
  let bytes = 0;
  const header = Buffer.from(
    JSON.stringify(
      Object.fromEntries(
        shapes.map(([name, shape]) => {
          const start = bytes;
          bytes += 4 * sizeOf(shape);
          return [name, { dtype: "F32", shape, data_offsets: [start, bytes] }];
        }),
      ),
    ),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = await open(join(folder, "model.safetensors"), "w");
  await file.write(Buffer.concat([length, header]));
  for (const [name, shape] of shapes)
    await writeNumbers(file, sizeOf(shape), isReader ? blockOf(name) : BLOCK);
  await file.close();
  return { folder, bytes, remove: () => rm(folder, { recursive: true }) };
}

async function writeNumbers(file: FileHandle, count: number, block: Float32Array): Promise<void> {
  for (let left = count; left > 0; left -= block.length)
    await file.write(
      new Uint8Array(block.buffer, block.byteOffset, 4 * Math.min(left, block.length)),
    );
}

/** Norms that keep the streams' size, and queries and keys large enough for scores to differ by a few. */
function blockOf(name: string): Float32Array {
  if (name.endsWith("LayerNorm.weight")) return new Float32Array(WIDTH).fill(1);
  if (!/(query|key)\.weight$/.test(name)) return BLOCK;
  // Each layer's queries and keys begin elsewhere in the random numbers: no two are alike.
  const start = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 100_003, 7);
  return BLOCK.subarray(start, start + WIDTH * WIDTH).map((value) => SHARPNESS * value);
}

function tensorShapes(positions: number): [name: string, shape: readonly number[]][] {
  const linear = (name: string, out: number, width: number): [string, number[]][] => [
    [`${name}.weight`, [out, width]],
    [`${name}.bias`, [out]],
  ];
  const norm = (name: string): [string, number[]][] => [
    [`${name}.weight`, [WIDTH]],
    [`${name}.bias`, [WIDTH]],
  ];
  const layer = (at: string) => [
    ...linear(`${at}.attention.self.query`, WIDTH, WIDTH),
    ...linear(`${at}.attention.self.key`, WIDTH, WIDTH),
    ...linear(`${at}.attention.self.value`, WIDTH, WIDTH),
    ...linear(`${at}.attention.output.dense`, WIDTH, WIDTH),
    ...norm(`${at}.attention.output.LayerNorm`),
    ...linear(`${at}.intermediate.dense`, INNER, WIDTH),
    ...linear(`${at}.output.dense`, WIDTH, INNER),
    ...norm(`${at}.output.LayerNorm`),
  ];
  return [
    ["embeddings.word_embeddings.weight", [WORDS, WIDTH]],
    ["embeddings.position_embeddings.weight", [positions, WIDTH]],
    ["embeddings.token_type_embeddings.weight", [2, WIDTH]],
    ...norm("embeddings.LayerNorm"),
    ...Array.from({ length: LAYERS }, (_, number) => layer(`encoder.layer.${number}`)).flat(),
    ...linear("pooler.dense", WIDTH, WIDTH),
  ];
}
