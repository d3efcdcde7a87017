import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { openCheckpoint } from "../src/checkpoint/open.ts";
import { openSource } from "../src/load.node.ts";
import { bertOnnx } from "./onnx-bert.ts";

/** The part of transformers.js the bench uses. */
export interface Transformers {
  readonly env: { version: string; allowRemoteModels: boolean; localModelPath: string };
  readonly pipeline: (task: "feature-extraction", model: string, options: object) => Promise<Embed>;
  readonly AutoTokenizer: { from_pretrained(model: string): Promise<TextTokenizer> };
  readonly AutoModel: { from_pretrained(model: string, options: object): Promise<Encoder> };
  readonly mean_pooling: (states: Numbers, mask: Numbers) => Numbers;
}
interface Numbers {
  readonly data: Float32Array;
  normalize(power: number, axis: number): Numbers;
}
type Embed = (
  texts: readonly string[],
  options: { pooling: "mean"; normalize: true },
) => Promise<Numbers>;
interface TextTokenizer {
  (
    texts: readonly string[],
    options: { padding: true; truncation: true },
  ): Readonly<Record<string, Numbers>>;
  encode(text: string): number[];
}
type Encoder = (
  inputs: Readonly<Record<string, Numbers>>,
) => Promise<Readonly<Record<string, Numbers>>>;

/** A checkpoint as transformers.js wants it. */
export interface OnnxFolder {
  readonly parent: string;
  /** The model's name: its folder in `parent`. */
  readonly name: string;
  remove(): Promise<void>;
}

/** Writes a BERT checkpoint's tokenizer, and its graph with and without the attention weights, into a temporary folder. */
export async function writeOnnxFolder(checkpointFolder: string): Promise<OnnxFolder> {
  const parent = await mkdtemp(join(tmpdir(), "heed-bench-"));
  const name = basename(checkpointFolder);
  await mkdir(join(parent, name, "onnx"), { recursive: true });
  for (const file of ["config.json", "tokenizer.json", "tokenizer_config.json"])
    await copyFile(join(checkpointFolder, file), join(parent, name, file));
  const checkpoint = await openCheckpoint(await openSource(checkpointFolder));
  for (const reads of [false, true])
    await writeFile(graphFile(parent, name, reads), await bertOnnx(checkpoint, reads));
  await checkpoint.close();
  return { parent, name, remove: () => rm(parent, { recursive: true }) };
}

const READS = "model_attentions";

function graphFile(parent: string, name: string, reads: boolean): string {
  return join(parent, name, "onnx", `${reads ? READS : "model"}.onnx`);
}

/** transformers.js on such a folder: what it embeds and how it reads texts, nothing from anywhere else. */
export async function openTransformers(
  library: Transformers,
  { parent, name }: OnnxFolder,
  threads: number,
) {
  library.env.allowRemoteModels = false;
  library.env.localModelPath = parent;
  const options = {
    dtype: "fp32",
    session_options: { intraOpNumThreads: threads, interOpNumThreads: 1 },
  };
  const embed = await library.pipeline("feature-extraction", name, options);
  const tokenizer = await library.AutoTokenizer.from_pretrained(name);
  const model = await library.AutoModel.from_pretrained(name, {
    ...options,
    model_file_name: READS,
  });
  return {
    tokenizer,
    embed: async (texts: readonly string[]) =>
      (await embed(texts, { pooling: "mean", normalize: true })).data,
    /** What the pipeline does, by hand, so that its graph's other outputs are not lost. */
    async embedReading(texts: readonly string[]) {
      const inputs = tokenizer(texts, { padding: true, truncation: true });
      const outputs = await model(inputs);
      const pooled = library.mean_pooling(outputs.last_hidden_state!, inputs.attention_mask!);
      return { embedding: pooled.normalize(2, -1).data, outputs };
    },
  };
}
