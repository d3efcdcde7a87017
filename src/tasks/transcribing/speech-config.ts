import * as v from "valibot";
import { ConfigError } from "../../errors/errors.ts";
import { short } from "../../errors/visible.ts";
import type { RawConfig } from "../../families/config.ts";

const id = v.pipe(v.number(), v.integer(), v.minValue(0));
const ids = v.record(v.string(), id);
const off = (what: string) =>
  v.nullish(v.literal(false, `heed does not ${what}. Take the field out of the file`));

const schema = v.object({
  decoder_start_token_id: v.nullish(id),
  no_timestamps_token_id: v.nullish(id),
  is_multilingual: v.nullish(v.boolean()),
  lang_to_id: v.nullish(ids),
  task_to_id: v.nullish(ids),
  language: v.nullish(v.string()),
  task: v.nullish(v.string()),
  forced_decoder_ids: v.nullish(v.array(v.tuple([id, v.nullable(id)]))),
  return_timestamps: v.nullish(v.boolean()),
  max_initial_timestamp_index: v.nullish(id),
  alignment_heads: v.nullish(v.array(v.tuple([id, id]))),
  max_length: v.nullish(id),
  condition_on_prev_tokens: off("go on from what was said before"),
  compression_ratio_threshold: v.nullish(v.never("heed does not write a window again")),
  logprob_threshold: v.nullish(v.never("heed does not write a window again")),
  no_speech_threshold: v.nullish(v.never("heed does not leave windows out")),
});

/** What a checkpoint's generation_config.json says of speech. */
export type SpeechConfig = v.InferOutput<typeof schema>;

/** Reads it; forced_decoder_ids may stand in config.json. Throws ConfigError for what is no such value, and for what heed does not do. */
export function speechConfig(
  generationConfig: RawConfig,
  config: RawConfig,
  label: string,
): SpeechConfig {
  const forced = generationConfig.forced_decoder_ids ?? config.forced_decoder_ids;
  const result = v.safeParse(schema, { ...generationConfig, forced_decoder_ids: forced });
  if (result.success) return result.output;
  const lines = result.issues.map(
    (issue) =>
      `${v.getDotPath(issue) ?? "the file"} is ${short(issue.received, 100)}: ${short(issue.message, 200)}`,
  );
  throw new ConfigError(
    `${label}: generation_config.json cannot be followed for speech. ${lines.join("; ")}`,
  );
}
