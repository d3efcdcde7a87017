import type { RawConfig } from "../../families/config.ts";
import { decoderPresets, gpt2 } from "./decoders.ts";
import { encoderDecoderPresets } from "./encoder-decoders.ts";
import { encoderPresets } from "./encoders.ts";
import { picturePresets } from "./pictures.ts";
import type { Preset } from "./preset.ts";

/** The table's models. */
export const presets: readonly Preset[] = [
  ...decoderPresets,
  ...encoderPresets,
  ...encoderDecoderPresets,
  ...picturePresets,
];

/** A model nobody outside has seen: the range its numbers may lie in, and what is not known at all. */
export interface UnknownPreset {
  readonly name: string;
  readonly title: string;
  readonly unknown: readonly string[];
  readonly note: string;
  /** Dense shapes at the two ends of what is supposed; assumptions, not facts. */
  readonly low: RawConfig;
  readonly high: RawConfig;
}

/** GPT-4: its report (OpenAI 2023, section 2) gives no architecture, size or hardware. */
export const gpt4: UnknownPreset = {
  name: "gpt-4",
  title: "GPT-4 (est.)",
  unknown: [
    "width",
    "heads",
    "head width",
    "layers",
    "feed-forward",
    "parameters",
    "vocabulary of the model",
  ],
  note: "Nothing but the context (8,192 and 32,768 tokens) was published. The range is between GPT-3's shape and a dense shape of 1.8 trillion parameters, the figure outsiders name most; they also suppose a mixture of experts, of which a token uses a part only. None of this can be checked.",
  low: { ...gpt2(12288, 96, 96), n_positions: 8192, vocab_size: 100277 },
  high: { ...gpt2(35328, 120, 276), n_positions: 32768, vocab_size: 100277 },
};
