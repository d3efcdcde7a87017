import { type FileHandle, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sizeOf } from "../src/tensor/shape.ts";
import { HEADS, INNER, LAYERS, WIDTH } from "./bert-shape.ts";
import { randomNumbers } from "./timing.ts";

const WORDS = 30522;
const POSITIONS = 512;
/** Random numbers that are written again and again: what they are does not matter, that they are no zeros does. */
const BLOCK = randomNumbers(1 << 20, 1, 0.05);

export interface BertCheckpoint {
  readonly folder: string;
  /** Bytes of all its weights. */
  readonly bytes: number;
  remove(): Promise<void>;
}

/** A checkpoint of BERT-base's shape in a temporary folder, f32, as a hub publishes it. */
export async function writeBertCheckpoint(): Promise<BertCheckpoint> {
  const folder = await mkdtemp(join(tmpdir(), "heed-bench-"));
  const config = {
    model_type: "bert",
    architectures: ["BertModel"],
    vocab_size: WORDS,
    hidden_size: WIDTH,
    num_hidden_layers: LAYERS,
    num_attention_heads: HEADS,
    intermediate_size: INNER,
    max_position_embeddings: POSITIONS,
  };
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  const shapes = tensorShapes();
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
  for (const [, shape] of shapes) await writeRandom(file, sizeOf(shape));
  await file.close();
  return { folder, bytes, remove: () => rm(folder, { recursive: true }) };
}

async function writeRandom(file: FileHandle, count: number): Promise<void> {
  for (let left = count; left > 0; left -= BLOCK.length)
    await file.write(new Uint8Array(BLOCK.buffer, 0, 4 * Math.min(left, BLOCK.length)));
}

function tensorShapes(): [name: string, shape: readonly number[]][] {
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
    ["embeddings.position_embeddings.weight", [POSITIONS, WIDTH]],
    ["embeddings.token_type_embeddings.weight", [2, WIDTH]],
    ...norm("embeddings.LayerNorm"),
    ...Array.from({ length: LAYERS }, (_, number) => layer(`encoder.layer.${number}`)).flat(),
    ...linear("pooler.dense", WIDTH, WIDTH),
  ];
}
