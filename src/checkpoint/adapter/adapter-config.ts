import { CheckpointError } from "../../errors/errors.ts";
import { short } from "../../errors/visible.ts";

/** What adapter_config.json says of a LoRA adapter. */
export interface AdapterConfig {
  /** The model that it changes: a hub id, a folder, or an address; undefined where none is named. */
  readonly base: string | undefined;
  /** The base's branch, tag or commit. */
  readonly revision: string | undefined;
  /** What the adapted model is for, as peft names it: CAUSAL_LM, SEQ_CLS. */
  readonly task: string | undefined;
  /** Whether the merged rows have lengths of their own (DoRA). */
  readonly hasMagnitudes: boolean;
  /** Whether a module is one of modules_to_save: trained as a copy of the base's. */
  isSaved(module: string): boolean;
  /** alpha ÷ r of a module, or alpha ÷ √r; throws where the config's rank is not the file's. */
  scaling(module: string, rank: number): number;
}

/** Ways to begin that change the base's own weights, which no adapter file holds. */
const changingStarts = /^(pissa|corda|olora|loftq|lora_ga|mica|orthogonal_base)/i;

/** Kinds of LoRA whose product is not added to a weight, by the key that asks for them. */
const others = [
  "layer_replication",
  "alora_invocation_tokens",
  "target_parameters",
  "megatron_config",
  "arrow_config",
  "use_qalora",
  "use_bdlora",
  "monteclora_config",
  "velora_config",
  "kasa_config",
] as const;

/** Checks adapter_config.json. Throws CheckpointError, naming the key, for adapters that are none of low rank and for variants that are not merged. */
export function readAdapterConfig(raw: Readonly<Record<string, unknown>>, place: string) {
  const { peft_type: type = "LORA", init_lora_weights: start, r, lora_alpha: alpha } = raw;
  if (type !== "LORA")
    throw new CheckpointError(
      `${place} says peft_type ${shown(type)}: heed applies LORA. ${wayOut}`,
    );
  if (typeof start === "string" && changingStarts.test(start))
    throw new CheckpointError(
      `${place} says init_lora_weights ${shown(start)}: it began by changing the base's own weights, so it fits no published base. Convert it with peft (save_pretrained(…, path_initial_model_for_weight_conversion=…)), and give that folder`,
    );
  const other = others.find((key) => isSaid(raw[key]));
  if (other)
    throw new CheckpointError(`${place} says ${other}: heed does not merge that. ${wayOut}`);
  const ranks = patterns(raw.rank_pattern, `${place}: rank_pattern`);
  const alphas = patterns(raw.alpha_pattern, `${place}: alpha_pattern`);
  const rank = count(r ?? 8, `${place}: r`);
  if (alpha !== undefined && (typeof alpha !== "number" || !Number.isFinite(alpha)))
    throw new CheckpointError(`${place}: lora_alpha must be a number, got ${shown(alpha)}`);
  const { modules_to_save: saved } = raw;
  const config: AdapterConfig = {
    base: text(raw.base_model_name_or_path),
    revision: text(raw.revision),
    task: text(raw.task_type),
    hasMagnitudes: raw.use_dora === true,
    isSaved: (module) =>
      Array.isArray(saved) && saved.some((name) => `.${module}`.endsWith(`.${name}`)),
    scaling(module, own) {
      const wanted = ranks(module) ?? rank;
      if (wanted !== own)
        throw new CheckpointError(
          `${place} gives "${short(module)}" the rank ${wanted}, its tensors have ${own}. Do adapter_config.json and the weights belong together?`,
        );
      const scale = alphas(module) ?? (alpha as number | undefined) ?? 8;
      return scale / (raw.use_rslora === true ? Math.sqrt(own) : own);
    },
  };
  return config;
}

const wayOut =
  "Merge it with Python (peft: merge_and_unload(), then save_pretrained), and give that folder";

function isSaid(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

/** A number a module, by the ends of their names: peft reads the keys as regular expressions that are matched behind a dot or from the start. */
function patterns(value: unknown, place: string): (module: string) => number | undefined {
  if (!isSaid(value)) return () => undefined;
  if (typeof value !== "object" || Array.isArray(value))
    throw new CheckpointError(`${place} must be an object of numbers, got ${shown(value)}`);
  const list = Object.entries(value as object).map(([key, number]) => {
    if (typeof number !== "number" || !(number > 0))
      throw new CheckpointError(`${place}: "${short(key)}" needs a number above 0`);
    return { pattern: namePattern(key, place), number };
  });
  return (module) => list.find(({ pattern }) => pattern.test(module))?.number;
}

/** A key as a pattern; one that could take long to try is refused. */
function namePattern(key: string, place: string): RegExp {
  const repeats = key.match(/[*+?{]/g)?.length ?? 0;
  const isSlow = key.length > 300 || repeats > 3 || /[)\]][*+{]|\\[1-9]/.test(key);
  try {
    if (!isSlow) return new RegExp(`^(.*\\.)?(${key})$`);
  } catch {
    // Said below.
  }
  throw new CheckpointError(
    `${place}: heed does not try the pattern "${short(key)}". Write out the modules' names`,
  );
}

function count(value: unknown, place: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value > 0) return value;
  throw new CheckpointError(`${place} must be a whole number above 0, got ${shown(value)}`);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

function shown(value: unknown): string {
  return short(JSON.stringify(value) ?? "nothing");
}
