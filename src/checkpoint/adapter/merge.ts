import { CheckpointError } from "../../errors/errors.ts";
import { nearest } from "../../errors/nearest.ts";
import { short } from "../../errors/visible.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { type ComputedTensor, withComputed } from "../computed.ts";
import { isConv1d } from "../conv1d.ts";
import { elementCount } from "../stored-checkpoint.ts";
import type { AdapterConfig } from "./adapter-config.ts";
import { type AdaptedModule, adapterTensors, storedName } from "./adapter-tensors.ts";
import { addProduct, type LowRank, transposed } from "./low-rank.ts";

/** A tensor of the base, or the adapter's own in its place. */
interface Origin {
  readonly name: string;
  readonly holder: Checkpoint;
  readonly isOfBase: boolean;
}

type Change = (start: number, end: number, target: Float32Array) => Promise<void>;

/** What a large tensor is gone through by, where all of it has to be seen. */
const CHUNK = 1 << 20;

/**
 * The base with an adapter's changes in its weights, W + scaling · B · A in float32, made as the weights are read
 * (Hu et al. 2021, https://arxiv.org/abs/2106.09685; DoRA: Liu et al. 2024, https://arxiv.org/abs/2402.09353). Throws
 * CheckpointError for tensors that the base has no place for.
 */
export function mergedCheckpoint(
  base: Checkpoint,
  adapter: Checkpoint,
  config: AdapterConfig,
): Checkpoint {
  const place = `${adapter.label}: ${[...adapter.tensors.values()][0]?.file ?? "adapter_model.safetensors"}`;
  const { modules, replaced } = adapterTensors(adapter.tensors.keys(), place);
  const computed = new Map<string, ComputedTensor>();
  const origins = new Map<string, Origin>();
  for (const [path, name] of replaced) {
    const own = storedName(base.tensors, path) ?? path;
    const origin = { name, holder: adapter, isOfBase: false };
    origins.set(own, origin);
    computed.set(own, computedTensor(origin));
  }

  const table = wordTable(base);
  const head = headNames[String(base.config.model_type)] ?? "lm_head.weight";
  const isTied =
    table !== undefined &&
    !base.tensors.has(head) &&
    /(LM|LMHead\w*|Generation|PreTraining)$/.test(classOf(base));

  // Of a tied table and head one was trained as a copy: the other stays the base's, as long as they are of one size.
  const [savedPath = ""] = [...replaced.keys()].filter(
    (path) => storedName(base.tensors, path) === table,
  );
  const isCopy = table !== undefined && config.isSaved(savedPath.replace(/\.weight$/, ""));
  const isAlone = isTied && isCopy && !origins.has(head);
  if (isAlone && shapeOf(origins.get(table)!).join() === base.tensors.get(table)!.shape.join())
    computed.set(head, computedTensor({ name: table, holder: base, isOfBase: true }));

  const originOf = (path: string): readonly [string, Origin] => {
    const known = storedName(origins, path);
    if (known) return [known, origins.get(known)!];
    const own = storedName(base.tensors, path);
    if (own) return [own, { name: own, holder: base, isOfBase: true }];
    // Of a tied table and head one is adapted: it was trained so, though peft's merge in place would change both.
    if (isTied && (path === head || path.endsWith(`.${head}`)))
      return [head, { name: table, holder: base, isOfBase: true }];
    throw new CheckpointError(
      `${place} changes "${short(path)}", ${base.label} has no such tensor${nearest(path, base.tensors.keys())}. Is it the adapter's base? Give another with base (--base)`,
    );
  };

  for (const module of modules.values()) {
    if (module.down && config.hasMagnitudes !== (module.magnitudes !== undefined))
      throw new CheckpointError(
        `${place} holds ${module.magnitudes ? "a" : "no"} lora_magnitude_vector of "${short(module.path)}", and adapter_config.json says ${config.hasMagnitudes ? "" : "no "}use_dora. Do they belong together?`,
      );
    const [own, origin] = originOf(`${module.path}.weight`);
    const changes = [
      ...(module.rows ? [rowsOf(module, adapter, origin, place)] : []),
      ...(module.down ? [productOf(module, adapter, origin, config, base.config, place)] : []),
    ];
    computed.set(own, computedTensor(origin, changes));
    if (own === table && isTied && module.down && !origins.has(head))
      computed.set(head, computedTensor({ name: table, holder: base, isOfBase: true }));
    if (!module.upBias) continue;
    const [bias, biasOrigin] = originOf(`${module.path}.bias`);
    computed.set(bias, computedTensor(biasOrigin, [biasOf(module, adapter, biasOrigin, config)]));
  }
  return withComputed({ ...base, config: adaptedConfig(base, computed, config) }, computed);
}

/** What the head over words is called where it is no lm_head. */
const headNames: Readonly<Record<string, string>> = {
  bert: "cls.predictions.decoder.weight",
  roberta: "lm_head.decoder.weight",
  distilbert: "vocab_projector.weight",
  albert: "predictions.decoder.weight",
  electra: "generator_lm_head.weight",
  gpt_neox: "embed_out.weight",
};

function classOf({ config: { architectures } }: Checkpoint): string {
  return Array.isArray(architectures) ? String(architectures[0]) : "";
}

/** The table of words, by its usual names. */
function wordTable({ tensors, config }: Checkpoint): string | undefined {
  const usual = /(^|\.)(embed_tokens|wte|word_embeddings|embed_in|shared)\.weight$/;
  return [...tensors.values()].find(
    ({ name, shape }) => usual.test(name) && shape[0] === config.vocab_size,
  )?.name;
}

function shapeOf({ name, holder }: Origin): readonly number[] {
  return holder.tensors.get(name)!.shape;
}

function computedTensor(origin: Origin, changes: readonly Change[] = []): ComputedTensor {
  const { name, holder, isOfBase } = origin;
  return {
    type: "F32",
    shape: shapeOf(origin),
    file: holder.tensors.get(name)!.file,
    from: isOfBase ? [name] : [],
    async fill(start, end, target) {
      await holder.readRange(name, start, end, target as Float32Array);
      for (const change of changes) await change(start, end, target as Float32Array);
    },
  };
}

/** The product of a module's two matrices in the orientation of the base's tensor, read when it is needed and let go of at the tensor's end. */
function productOf(
  module: AdaptedModule,
  adapter: Checkpoint,
  origin: Origin,
  config: AdapterConfig,
  baseConfig: Checkpoint["config"],
  place: string,
): Change {
  const [down, up] = [module.down!, module.up!].map((name) => adapter.tensors.get(name)!.shape) as [
    readonly number[],
    readonly number[],
  ];
  const shape = shapeOf(origin);
  const rank = down[0] ?? 0;
  const scale = config.scaling(module.path, rank);
  const [width, rows] = [elementCount(down.slice(1)), up[0] ?? 0];
  const isProduct = up.length >= 2 && down.length >= 2 && elementCount(up) === rows * rank;
  const straight = [rows, ...down.slice(1)].join();
  const turned = [width, rows].join();
  // peft goes by the layer too: adapter_config.json's fan_in_fan_out is that of the last layer it wrapped.
  const isTurned =
    module.isEmbedding ||
    (straight === turned ? isConv1d(baseConfig, origin.name) : turned === shape.join());
  if (!isProduct || (isTurned ? turned : straight) !== shape.join())
    throw new CheckpointError(
      `${place}: lora_A [${down.join(", ")}] and lora_B [${up.join(", ")}] of "${short(module.path)}" do not fit ${origin.holder.label}'s [${shape.join(", ")}]. Is it the adapter's base?`,
    );
  const total = elementCount(shape);
  let product: Promise<LowRank> | undefined;
  let factors: Promise<Float32Array> | undefined;

  async function read(): Promise<LowRank> {
    const [a, b] = await Promise.all([adapter.read(module.down!), adapter.read(module.up!)]);
    return isTurned
      ? {
          left: transposed(a, rank, width),
          right: transposed(b, rows, rank),
          rank,
          columns: rows,
          scale,
        }
      : { left: b, right: a, rank, columns: width, scale };
  }

  /** How much longer the magnitudes make each output's weights. */
  async function lengths(): Promise<Float32Array> {
    const squares = new Float64Array(rows);
    const values = new Float32Array(Math.min(CHUNK, total));
    for (let at = 0; at < total; at += CHUNK) {
      const end = Math.min(total, at + CHUNK);
      const part = values.subarray(0, end - at);
      await origin.holder.readRange(origin.name, at, end, part);
      addProduct(await product!, at, end, part);
      for (let n = 0; n < part.length; n++) squares[outputOf(at + n)]! += part[n]! ** 2;
    }
    const magnitudes = await adapter.read(module.magnitudes!);
    return magnitudes.map((magnitude, row) => magnitude / Math.sqrt(squares[row]!));
  }

  const outputOf = (element: number) => (isTurned ? element % rows : Math.floor(element / width));

  if (module.magnitudes) {
    const count = elementCount(adapter.tensors.get(module.magnitudes)!.shape);
    if (module.isEmbedding || shape.length !== 2 || count !== rows)
      throw new CheckpointError(
        `${place}: "${short(module.path)}" has lora_magnitude_vector of ${count} numbers (DoRA): heed merges it for linear layers, one an output. Merge it with Python (peft: merge_and_unload())`,
      );
  }

  return async (start, end, target) => {
    product ??= read();
    const matrices = await product;
    addProduct(matrices, start, end, target);
    if (module.magnitudes) {
      factors ??= lengths();
      const by = await factors;
      for (let n = 0; n < target.length; n++) target[n]! *= by[outputOf(start + n)]!;
    }
    if (end === total) {
      product = undefined;
      factors = undefined;
    }
  };
}

/** Rows that an adapter learned in place of a table's own. */
function rowsOf(module: AdaptedModule, adapter: Checkpoint, origin: Origin, place: string): Change {
  const shape = shapeOf(origin);
  const width = elementCount(shape.slice(1));
  const rows = adapter.tensors.get(module.rows!)!.shape;
  const indices = tokenIndices(adapter.config.trainable_token_indices, module.path);
  const fits =
    indices?.length === rows[0] &&
    elementCount(rows.slice(1)) === width &&
    indices?.every((row) => Number.isInteger(row) && row >= 0 && row < (shape[0] ?? 0));
  if (!fits)
    throw new CheckpointError(
      `${place}: "${short(module.rows!)}" holds [${rows.join(", ")}], and adapter_config.json's trainable_token_indices name ${indices?.length ?? "no"} rows of [${shape.join(", ")}]. Is it the adapter's base?`,
    );
  return async (start, end, target) => {
    const values = await adapter.read(module.rows!);
    for (const [at, row] of indices!.entries())
      for (let c = 0; c < width; c++) {
        const element = row * width + c;
        if (element >= start && element < end) target[element - start] = values[at * width + c]!;
      }
  };
}

function tokenIndices(value: unknown, path: string): number[] | undefined {
  if (Array.isArray(value)) return value as number[];
  if (typeof value !== "object" || value === null) return undefined;
  const found = Object.entries(value).find(
    ([name]) => path === name || path.endsWith(`.${name}`),
  )?.[1];
  return Array.isArray(found) ? found : undefined;
}

function biasOf(
  module: AdaptedModule,
  adapter: Checkpoint,
  origin: Origin,
  config: AdapterConfig,
): Change {
  const rank = adapter.tensors.get(module.down!)!.shape[0] ?? 0;
  const scale = config.scaling(module.path, rank);
  const count = elementCount(adapter.tensors.get(module.upBias!)!.shape);
  if (count !== elementCount(shapeOf(origin)))
    throw new CheckpointError(
      `${adapter.label}: "${short(module.upBias!)}" has ${count} numbers, the base's bias ${elementCount(shapeOf(origin))}`,
    );
  return async (start, end, target) => {
    const bias = await adapter.readRange(module.upBias!, start, end);
    for (let n = 0; n < target.length; n++) target[n]! += scale * bias[n]!;
  };
}

const heads: Readonly<Record<string, string>> = {
  SEQ_CLS: "ForSequenceClassification",
  TOKEN_CLS: "ForTokenClassification",
  QUESTION_ANS: "ForQuestionAnswering",
};

/** The base's config for the adapted model: its class, how many labels its new head has, and how many tokens its new table. */
function adaptedConfig(
  { config, tensors }: Checkpoint,
  computed: ReadonlyMap<string, ComputedTensor>,
  { task }: AdapterConfig,
): Readonly<Record<string, unknown>> {
  const adapted: Record<string, unknown> = { ...config };
  for (const [name, { shape }] of computed) {
    const own = tensors.get(name)?.shape;
    const isTable = own?.length === 2 && own[0] === config.vocab_size && own[0] !== shape[0];
    if (isTable) adapted.vocab_size = shape[0];
  }
  const head = task === undefined ? undefined : heads[task];
  const [given] = Array.isArray(config.architectures) ? config.architectures : [];
  if (head === undefined || String(given).endsWith(head)) return adapted;
  adapted.architectures = [head];
  const outputs = [...computed].find(([name]) =>
    /(^|\.)(score|classifier(\.out_proj)?)\.weight$/.test(name),
  )?.[1];
  const labels = outputs?.shape[0];
  if (labels === undefined || head === heads.QUESTION_ANS) return adapted;
  const names = config.id2label;
  const isNamed =
    typeof names === "object" && names !== null && Object.keys(names).length === labels;
  if (isNamed) return adapted;
  adapted.num_labels = labels;
  adapted.id2label = Object.fromEntries(
    Array.from({ length: labels }, (_, n) => [n, `LABEL_${n}`]),
  );
  adapted.label2id = Object.fromEntries(
    Array.from({ length: labels }, (_, n) => [`LABEL_${n}`, n]),
  );
  return adapted;
}
