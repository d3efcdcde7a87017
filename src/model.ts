/// <reference lib="esnext.disposable" preserve="true" />

import type { Metric } from "./analysis/interventions/metric.ts";
import type { AudioInput } from "./audio/audio.ts";
import type { FileSource } from "./checkpoint/source.ts";
import { InputError } from "./errors/errors.ts";
import { expectKeys } from "./errors/options.ts";
import type { Tower } from "./families/family.ts";
import type { ImageInput } from "./images/image.ts";
import {
  type DifferentiableMetric,
  type SimilarityMetric,
  similarityForm,
} from "./models/differentiable-metric.ts";
import type { GradientRequest } from "./models/gradients.ts";
import type { RunInput } from "./models/inputs.ts";
import { type LoadFromOptions, loadParts, type OpenBase } from "./models/load.ts";
import { LoadedModel, type RunOptions, runOptions } from "./models/loaded-model.ts";
import type { ModelParts } from "./models/model-parts.ts";
import type { LogitsOptions, ReadoutParameters } from "./models/readout.ts";
import type { Run } from "./models/run.ts";
import { withoutSentences } from "./models/sentences.ts";
import type { AnswerOptions, Answers, Question } from "./tasks/answer.ts";
import type { ChatMessage, ChatOptions, ChatPrompt, ChatPromptOptions } from "./tasks/chat.ts";
import type { Classification, ClassifyInput, ClassifyOptions } from "./tasks/classify.ts";
import type { ClassifyTokensOptions, TokenClassification } from "./tasks/classify-tokens.ts";
import type { Filled, FillInput, FillOptions } from "./tasks/fill.ts";
import type { GenerateOptions, GenerateTask } from "./tasks/generate.ts";
import type { Generation } from "./tasks/generation.ts";
import type { ScoreInput, ScoreOptions, TextScore } from "./tasks/score.ts";
import type { Embeddings, EmbedOptions } from "./tasks/sentences/embed.ts";
import type { PairScores, ScorePairsOptions, TextPair } from "./tasks/sentences/score-pairs.ts";
import { type SimilarityName, similarity } from "./tasks/sentences/similarity.ts";
import type { TextReader } from "./tasks/sentences/text-rows.ts";
import type { TranscribeOptions, Transcription } from "./tasks/transcribe.ts";
import type { ZeroShot, ZeroShotOptions } from "./tasks/zero-shot.ts";
import type { ZeroShotImages, ZeroShotImagesOptions } from "./tasks/zero-shot-images.ts";
import type { Backend } from "./tensor/backend.ts";
import type { Tensor } from "./tensor/tensor.ts";
import type { ModelFiles } from "./training/new-model.ts";
import type { Trainer, TrainerOptions } from "./training/trainer.ts";

/** `RunOptions` whose gradients may be of a metric as experiments write it: { kind: "logProbability", token: "mat" }. */
export interface ModelRunOptions extends Omit<RunOptions, "gradient"> {
  /** Gradients of one number of the output: they stand in the trace as "layers.3.weights.gradient", the number in `run.metric`. */
  readonly gradient?: Omit<GradientRequest, "of"> & {
    readonly of: Metric | DifferentiableMetric | SimilarityMetric;
  };
}

/** One sentence takes 2 ms, of which looking a module up anew takes up to a tenth. */
let embeddingModule: Promise<typeof import("./tasks/sentences/embed.ts")> | undefined;

/** Resolves to what makes vectors of texts; a file that could not be had is asked for again. */
async function embedding() {
  embeddingModule ??= import("./tasks/sentences/embed.ts");
  try {
    return await embeddingModule;
  } catch (error) {
    embeddingModule = undefined;
    throw error;
  }
}

/** What `load` gives: a checkpoint that runs, with the tasks as its methods; a task's own files are loaded when it is asked for. */
export class Model extends LoadedModel {
  /** Whether all its files were kept by an earlier load (in the browser's storage, in the hub's cache): nothing came over the network. */
  readonly cached: boolean;
  readonly #towers = new Map<Tower, Model>();

  constructor({ cached = false, ...parts }: ModelParts & { readonly cached?: boolean }) {
    super(parts);
    this.cached = cached;
  }

  /**
   * One forward pass. Reads and patches are checked first; shapes, names and words that do not fit throw before anything is computed. A
   * metric that `gradient` names is found on the input as it is, without patches, so it is of one text.
   */
  override async run(input: RunInput, options: ModelRunOptions = {}): Promise<Run> {
    expectKeys(options, runOptions, "run");
    const { gradient } = options;
    const wanted = gradient?.of;
    if (!gradient || !isNamed(wanted)) return super.run(input, options as RunOptions);
    const of =
      wanted.kind === "similarity"
        ? similarityForm(wanted)
        : await (await import("./analysis/gradients/metric-of.ts")).metricOfRun(
            this,
            input,
            wanted,
            options,
          );
    return super.run(input, { ...options, gradient: { ...gradient, of } });
  }

  /** One tower of a model of two, as a model by itself over the same weights: sites without "text." or "vision.", every task and analysis. It lives as long as the whole. */
  tower(name: Tower): Model {
    const known = this.#towers.get(name);
    if (known) return known;
    const tower = new Model({ ...this.towerParts(name), cached: this.cached });
    this.#towers.set(name, tower);
    return tower;
  }

  /** Frees the weights at the end of a block: `await using model = await load()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /**
   * Writes on behind each prompt, token by token: the likeliest each time, unless an option (temperature, topK, topP, …) or the checkpoint's
   * generation_config.json leaves it to chance or follows several texts at once; `generation.settings` says what held.
   * Reads and patches work as in `run`, and may name a `step`; the trace is that of one pass over the whole text.
   */
  async generate(input: RunInput, options: GenerateOptions = {}): Promise<Generation> {
    return this.#generate(input, options);
  }

  /** A chat as its model reads it, by the checkpoint's own template: as a text, and as ids. */
  async chatPrompt(
    messages: readonly ChatMessage[],
    options: ChatPromptOptions = {},
  ): Promise<ChatPrompt> {
    const { chatPrompt } = await import("./tasks/chat.ts");
    return chatPrompt(this, messages, options);
  }

  /** Writes the answer to a chat: `generate` behind the prompt that `chatPrompt` gives. */
  async chat(messages: readonly ChatMessage[], options: ChatOptions = {}): Promise<Generation> {
    const { splitOptions } = await import("./tasks/chat.ts");
    const { prompt, rest } = splitOptions(options);
    const { text } = await this.chatPrompt(messages, prompt);
    return this.#generate(text, rest, { addSpecialTokens: false });
  }

  /**
   * What the head makes of any stream (B, T, C), such as `trace.get("layers.3.residual")`: through the last norm, where the family has one
   * (`normed` leaves it out), then the head, to (B, T, V), or (B, T, labels). Throws InputError for models whose head is none over tokens.
   */
  async logits(stream: Tensor, options: LogitsOptions = {}): Promise<Tensor> {
    return this.work(async (parts) => {
      const { readLogits } = await import("./models/readout.ts");
      return readLogits(parts, stream, options);
    });
  }

  /** The learned tensors that make logits of a stream: the last norm's and the head's. Throws InputError as `logits` does. */
  async readout(): Promise<ReadoutParameters> {
    return this.work(async (parts) => {
      const { readoutParameters } = await import("./models/readout.ts");
      return readoutParameters(parts);
    });
  }

  /** What is said in a sound, where a model hears: as a text, in parts, or word by word with times. */
  async transcribe(audio: AudioInput, options: TranscribeOptions = {}): Promise<Transcription> {
    return this.work(async ({ network, audio: preparation, onWarning }) => {
      const { transcribe } = await import("./tasks/transcribe.ts");
      return transcribe(
        {
          model: this,
          audio: preparation,
          startId: network.decoderStartId,
          onWarning,
          generate: (input, asked, task) => this.#generate(input, asked, task),
        },
        audio,
        options,
      );
    });
  }

  /** How probable a text is, or a target behind one, token by token: log-probabilities, surprisal, perplexity. */
  async score(input: ScoreInput, options: ScoreOptions = {}): Promise<TextScore> {
    return this.work(async ({ network }) => {
      const { score } = await import("./tasks/score.ts");
      return score({ model: this, network }, input, options);
    });
  }

  async #generate(
    input: RunInput,
    options: GenerateOptions,
    task: GenerateTask = {},
  ): Promise<Generation> {
    const { label, config, generationConfig, tokenizer, sites, absentSites } = this;
    return this.work(async ({ network, backend, onWarning }) => {
      const { generate } = await import("./tasks/generate.ts");
      return generate(
        {
          label,
          network,
          backend,
          tokenizer,
          config,
          generationConfig,
          sites,
          onWarning,
          absent: { ...network.absent, ...Object.fromEntries(absentSites) },
        },
        input,
        options,
        task,
      );
    });
  }

  /**
   * One vector a text, as sentence-transformers' `encode` gives it: with its prompt, cut where the checkpoint says, through all its
   * modules. A checkpoint without modules.json gets the mean over its tokens, which is said as a warning. Towers of CLIP and SigLIP give
   * texts and images vectors in the space that both share (get_text_features, get_image_features).
   */
  async embed(
    texts: readonly (string | ImageInput | readonly number[])[],
    options: EmbedOptions = {},
  ): Promise<Embeddings> {
    return this.work(async (parts) => {
      if (parts.network.towers || parts.network.isCompared) {
        const { features } = await import("./tasks/sentences/features.ts");
        return features(this, texts, {
          ...options,
          onWarning: options.onWarning ?? parts.onWarning,
        });
      }
      if (parts.network.images)
        throw new InputError(
          `embed: ${parts.label} makes no vectors that pictures are compared by. Take CLIP or SigLIP (--model openai/clip-vit-base-patch32), or the picture's own stream: heed photo.png --site final`,
        );
      const { embed } = await embedding();
      return embed(this.#reader(parts), texts, options);
    });
  }

  /** How alike vectors are: a (N, C), b (M, C), or a itself → (N, M); by the checkpoint's own measure, cosine where it names none. */
  similarity(a: Tensor, b: Tensor = a, options: { measure?: SimilarityName } = {}): Tensor {
    expectKeys(options, { measure: true }, "similarity");
    return similarity(a, b, options.measure ?? this.similarityName);
  }

  /** What a cross-encoder says of pairs of texts, as sentence-transformers' `CrossEncoder.predict` gives it. */
  async scorePairs(
    pairs: readonly TextPair[],
    options: ScorePairsOptions = {},
  ): Promise<PairScores> {
    return this.work(async (parts) => {
      const { scorePairs } = await import("./tasks/sentences/score-pairs.ts");
      return scorePairs(this.#reader(parts), pairs, options);
    });
  }

  /** Trains this model in place, step by step; between steps it runs as ever. Throws InputError for models without a head over words. */
  async trainer(options: TrainerOptions): Promise<Trainer> {
    return this.work(async (parts) => {
      const { Trainer } = await import("./training/trainer.ts");
      return Trainer.of(parts, options, (task) => this.work(task));
    });
  }

  /** config.json and model.safetensors of the model as it is now, as transformers writes them; Python opens them. */
  async files(): Promise<ModelFiles> {
    return this.work(async (parts) => {
      const { modelFiles } = await import("./training/model-files.ts");
      return modelFiles(parts);
    });
  }

  #reader({ sentences, ...parts }: ModelParts): TextReader {
    return { ...parts, sentences: sentences ?? withoutSentences };
  }

  /** The labels of texts (or pairs), pictures or sounds, best first; the config or `scoreFunction` says what makes scores of logits. */
  async classify(input: ClassifyInput, options: ClassifyOptions = {}): Promise<Classification> {
    const { classify } = await import("./tasks/classify.ts");
    return classify(this, input, options);
  }

  /** The labels of the parts of texts, piece by piece or put together by `aggregation`. */
  async classifyTokens(
    input: string | readonly string[],
    options: ClassifyTokensOptions = {},
  ): Promise<TokenClassification> {
    const { classifyTokens } = await import("./tasks/classify-tokens.ts");
    return classifyTokens(this, input, options);
  }

  /** The tokens a masked language model expects in the place of each mask. */
  async fill(input: FillInput, options: FillOptions = {}): Promise<Filled> {
    const { fill } = await import("./tasks/fill.ts");
    return fill(this, input, options);
  }

  /** Labels that a model of inference never learned, scored by whether a sentence with the label follows from the text. */
  async zeroShot(input: string | readonly string[], options: ZeroShotOptions): Promise<ZeroShot> {
    const { zeroShot } = await import("./tasks/zero-shot.ts");
    return zeroShot(this, input, options);
  }

  /** Labels of images that a model of two towers (CLIP, SigLIP) never learned, as transformers' zero-shot-image-classification scores them. */
  async zeroShotImages(
    input: ImageInput | readonly ImageInput[],
    options: ZeroShotImagesOptions,
  ): Promise<ZeroShotImages> {
    const { zeroShotImages } = await import("./tasks/zero-shot-images.ts");
    return zeroShotImages(this, input, options);
  }

  /** The parts of a text that answer a question. */
  async answer(
    input: Question | readonly Question[],
    options: AnswerOptions = {},
  ): Promise<Answers> {
    const { answer } = await import("./tasks/answer.ts");
    return answer(this, input, options);
  }
}

function isNamed(
  of: Metric | DifferentiableMetric | SimilarityMetric | undefined,
): of is Metric | SimilarityMetric {
  return typeof of === "object" && of !== null && "kind" in of;
}

/** A model from opened files, on a backend, which may still be on its way, and is the model's from then on. */
export async function loadFrom(
  source: FileSource,
  backend: Backend | Promise<Backend>,
  options: LoadFromOptions = {},
  openBase?: OpenBase,
): Promise<Model> {
  return new Model(await loadParts(source, backend, options, openBase));
}
