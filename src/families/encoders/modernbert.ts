import * as v from "valibot";
import { layerMasks } from "../../attention/masks.ts";
import type { Probe } from "../../probe/probe.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { embed, linear, meanPool, reshape } from "../../tensor/operations.ts";
import {
  activationName,
  checkConfig,
  count,
  depth,
  expectHeadWidth,
  flag,
  headWidthOf,
  maybeId,
  normEpsilon,
  paddingIdOf,
  type RawConfig,
  refuse,
} from "../config.ts";
import {
  type Family,
  headClass,
  labelCount,
  type Norm,
  type Outputs,
  type Task,
} from "../family.ts";
import { expectIds, type Inputs } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";
import { type DecoderLayer, decoderBlock } from "../parts/decoder-block.ts";
import { encoderReadout, firstToken } from "../parts/encoder-head.ts";
import { layerTypes, layerWindows } from "../parts/layer-windows.ts";
import { type NormKind, norm, takeNorm } from "../parts/norm.ts";
import { rotaryAngles } from "../parts/rotary-angles.ts";

const schema = v.object({
  vocab_size: count(50368),
  hidden_size: count(768),
  intermediate_size: count(1152),
  num_hidden_layers: depth(22),
  num_attention_heads: count(12),
  hidden_activation: activationName("gelu"),
  max_position_embeddings: count(8192),
  norm_eps: normEpsilon(1e-5),
  norm_bias: flag(false),
  attention_bias: flag(false),
  mlp_bias: flag(false),
  decoder_bias: flag(true),
  classifier_bias: flag(false),
  classifier_activation: activationName("gelu"),
  classifier_pooling: v.optional(
    v.picklist(["cls", "mean"], 'classifier_pooling must be "cls" or "mean"'),
    "cls",
  ),
  local_attention: count(128),
  global_attn_every_n_layers: v.nullish(depth(3), 3),
  layer_types: layerTypes,
  pad_token_id: maybeId,
  tie_word_embeddings: flag(true),
});
type Config = v.InferOutput<typeof schema>;

/** ModernBERT (Warner et al. 2024): an encoder with norms first, rotary positions and gated feed-forwards; most layers see what is near. */
export const modernbert: Family = {
  type: "modernbert",
  open(raw, file) {
    const config = checkConfig(schema, raw, "modernbert");
    const { hidden_size: C, num_hidden_layers: layers, num_attention_heads: heads } = config;
    const { max_position_embeddings: positions } = config;
    const headWidth = headWidthOf("modernbert", C, heads);
    expectHeadWidth("modernbert", raw, headWidth);
    if (headWidth % 2 !== 0)
      refuse(
        "modernbert",
        "num_attention_heads",
        heads,
        `Heads are then ${headWidth} wide, and rotary positions turn pairs: it must be even`,
      );
    const reach = Math.floor(config.local_attention / 2);
    const windows = layerWindows(
      "modernbert",
      { ...config, sliding_window: reach, is_causal: false },
      (layer) => layer % (config.global_attn_every_n_layers ?? 3) !== 0,
    );
    const body = file.beside("model.", "");
    const kind: NormKind = { kind: "layer", epsilon: config.norm_eps, hasBias: config.norm_bias };
    const words = body.table(
      "embeddings.tok_embeddings.weight",
      [config.vocab_size, C],
      "embeddings.words",
      {
        tiedTo: config.tie_word_embeddings ? ["decoder.weight"] : [],
      },
    );
    const enter = takeNorm(body, "embeddings.norm", C, "embeddings.norm", kind);
    const stack = Array.from({ length: layers }, (_, layer) =>
      takeLayer(config, kind, layer, body.within(`layers.${layer}.`, `layers.${layer}.`)),
    );
    const last = takeNorm(body, "final_norm", C, "norm", kind);
    const model = { family: "modernbert", headWidth, positions };
    const angles = {
      local: rotaryAngles(ropeOf(raw, "sliding_attention", raw.local_rope_theta ?? 10_000), model),
      global: rotaryAngles(ropeOf(raw, "full_attention", raw.global_rope_theta ?? 160_000), model),
    };
    const head = takeHead(headClass(raw), { config, kind, raw, words, file });
    const scale = 1 / Math.sqrt(headWidth);
    const readout = encoderReadout(head.ofTokens ?? head);
    const forward = (inputs: Inputs, probe: Probe): Outputs => {
      const { program } = probe;
      const { batch: B, length: T } = inputs;
      const masks = layerMasks(inputs, program, windows, { isCausal: false });
      const turns = {
        local: angles.local(inputs, program),
        global: angles.global(inputs, program),
      };
      const ids = program.input(expectIds(inputs, "modernbert"), [B, T], "ids");
      let x = probe.site("embeddings", norm(embed(words, ids), enter)); // (B, T, C)
      for (const [layer, w] of stack.entries()) {
        const turn = windows[layer] ? turns.local : turns.global;
        const attention = { mask: masks[layer]!, scale };
        const shape = { heads, keyHeads: heads, activation: config.hidden_activation };
        x = probe.layer(layer, x, (x, probe) =>
          decoderBlock(x, w, shape, { attention, turn }, probe),
        );
      }
      const final = probe.site("final", norm(x, last)); // (B, T, C)
      return head.outputs(final, inputs, probe);
    };
    return {
      dimensions: {
        layers,
        heads,
        keyHeads: heads,
        headWidth,
        width: C,
        feedForward: config.intermediate_size,
        vocabulary: config.vocab_size,
        positions,
      },
      task: head.task,
      takes: ["positions"],
      isCausal: false,
      isUnbounded: true,
      readsTypes: false,
      paddingId: paddingIdOf(config.vocab_size, config.pad_token_id, 50283),
      absent: {
        normed: "the only layer there is reads the embeddings, which are normed already",
        "scores.position":
          "modernbert turns queries and keys by their positions; the scores have no part for them",
        "scores.bias": "modernbert adds nothing to the scores",
        pooled: "this checkpoint has no head over whole texts",
        logits: "this checkpoint has no head",
      },
      turning: { pairs: "halves", width: headWidth },
      scoreScale: () => scale,
      readout: readout && { ...readout, norm: last },
      forward,
    };
  },
};

function takeLayer(config: Config, kind: NormKind, layer: number, from: Parameters): DecoderLayer {
  const { hidden_size: C, intermediate_size: F, attention_bias, mlp_bias } = config;
  const part = (stored: string, n: number, size: number, name: string, bias: boolean) =>
    from.linear(stored, [size, C], name, { bias, rows: [n * size, (n + 1) * size] });
  return {
    // The embeddings are normed already.
    attentionNorm: layer === 0 ? undefined : takeNorm(from, "attn_norm", C, "attention.norm", kind),
    attention: {
      q: part("attn.Wqkv", 0, C, "q", attention_bias),
      k: part("attn.Wqkv", 1, C, "k", attention_bias),
      v: part("attn.Wqkv", 2, C, "v", attention_bias),
      o: from.linear("attn.Wo", [C, C], "o", { bias: attention_bias }),
    },
    mlpNorm: takeNorm(from, "mlp_norm", C, "mlp.norm", kind),
    gate: part("mlp.Wi", 0, F, "mlp.gate", mlp_bias),
    up: part("mlp.Wi", 1, F, "mlp.up", mlp_bias),
    down: from.linear("mlp.Wo", [C, F], "mlp.down", { bias: mlp_bias }),
  };
}

/** How a kind of layer turns: its own part of rope_parameters, or the fields of older files. */
function ropeOf(raw: RawConfig, kind: string, theta: unknown): RawConfig {
  const nested = (raw.rope_parameters as RawConfig | null | undefined)?.[kind];
  return {
    rope_parameters: { ...(nested ?? {}), ...(raw.rope_scaling ?? {}) },
    rope_theta: theta,
  };
}

interface HeadSource {
  readonly config: Config;
  readonly kind: NormKind;
  readonly raw: RawConfig;
  readonly words: LazyTensor;
  readonly file: Parameters;
}

/** What the head makes of the last vectors: of each of them, or of one for the whole text. */
interface Head {
  readonly task: Task;
  readonly ofTokens?: { readonly task: Task; readonly logits: (final: LazyTensor) => LazyTensor };
  readonly outputs: (final: LazyTensor, inputs: Inputs, probe: Probe) => Outputs;
}

const tasks: Readonly<Record<string, Task>> = {
  ForMaskedLM: "masked language modeling",
  ForSequenceClassification: "sequence classification",
  ForTokenClassification: "token classification",
  ForQuestionAnswering: "question answering",
  ForMultipleChoice: "multiple choice",
};
const ofTexts: readonly Task[] = ["sequence classification", "multiple choice"];

/** The head of a class of transformers, by the name after "ModernBert". Throws ConfigError for one heed does not have. */
function takeHead(name: string, { config, kind, raw, words, file }: HeadSource): Head {
  if (name === "Model") return { task: "features", outputs: (final) => ({ final }) };
  const task = tasks[name];
  if (!task)
    return refuse(
      "modernbert",
      "architectures",
      raw.architectures,
      "heed has ModernBertModel, ModernBertForMaskedLM, ModernBertForSequenceClassification, ModernBertForTokenClassification, ModernBertForMultipleChoice and ModernBertForQuestionAnswering",
    );
  const { hidden_size: C, vocab_size: V, classifier_activation: activation } = config;
  const from = file.beside("head.");
  const dense = from.linear("dense", [C, C], "head.dense", { bias: config.classifier_bias });
  const own: Norm = takeNorm(from, "norm", C, "head.norm", kind);
  const prepared = (x: LazyTensor) => norm(linear(x, dense, { activation }), own);
  const top = file.beside("");
  const last =
    name === "ForMaskedLM"
      ? {
          weight: config.tie_word_embeddings
            ? top.tied(words, "decoder.weight")
            : top.matrix("decoder.weight", [V, C], "head.words"),
          bias: config.decoder_bias ? top.plain("decoder.bias", [V], "head.bias") : undefined,
        }
      : top.linear("classifier", [task === "multiple choice" ? 1 : labelCount(raw), C], "head");
  if (name === "ForMaskedLM") file.ignore(/^decoder\.weight$/);
  if (!ofTexts.includes(task)) {
    const logits = (final: LazyTensor) => linear(prepared(final), last);
    return {
      task,
      ofTokens: { task, logits },
      outputs: (final, _, probe) => ({ final, logits: probe.site("logits", logits(final)) }),
    };
  }
  return {
    task,
    outputs: (final, inputs, probe) => {
      const { batch: B, length: T, mask = new Int32Array(B * T).fill(1) } = inputs;
      const text =
        config.classifier_pooling === "cls"
          ? task === "multiple choice"
            ? firstReal(final, mask)
            : firstToken(final)
          : meanPool(final, probe.program.input(mask, [B, T], "mask"));
      const pooled = probe.site("pooled", prepared(text)); // (B, C)
      return { final, pooled, logits: probe.site("logits", linear(pooled, last)) };
    },
  };
}

/** The first token of each text that is not padding: (B, T, C) → (B, C). */
function firstReal(final: LazyTensor, mask: Int32Array): LazyTensor {
  const [B, T, C] = final.shape as readonly [number, number, number];
  const first = Int32Array.from({ length: B }, (_, row) => {
    const place = mask.subarray(row * T, (row + 1) * T).indexOf(1);
    return row * T + Math.max(place, 0);
  });
  return embed(reshape(final, [B * T, C]), final.program!.input(first, [B], "first tokens"));
}
