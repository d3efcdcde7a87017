import type { FileSource } from "./checkpoint/source.ts";
import type { RunInput, TextInput } from "./models/inputs.ts";
import { type LoadFromOptions, loadParts } from "./models/load.ts";
import { LoadedModel, type ModelParts } from "./models/loaded-model.ts";
import { withoutSentences } from "./models/sentences.ts";
import { type AnswerOptions, type Answers, answer, type Question } from "./tasks/answer.ts";
import {
  type ChatMessage,
  type ChatOptions,
  type ChatPrompt,
  type ChatPromptOptions,
  chatPrompt,
  splitOptions,
} from "./tasks/chat.ts";
import {
  type Classification,
  type ClassifyInput,
  type ClassifyOptions,
  classify,
} from "./tasks/classify.ts";
import {
  type ClassifyTokensOptions,
  classifyTokens,
  type TokenClassification,
} from "./tasks/classify-tokens.ts";
import { type Filled, type FillOptions, fill } from "./tasks/fill.ts";
import { type GenerateOptions, type GenerateTask, generate } from "./tasks/generate.ts";
import type { Generation } from "./tasks/generation.ts";
import { type ScoreOptions, score, type TextScore } from "./tasks/score.ts";
import { type Embeddings, type EmbedOptions, embed } from "./tasks/sentences/embed.ts";
import {
  type PairScores,
  type ScorePairsOptions,
  scorePairs,
  type TextPair,
} from "./tasks/sentences/score-pairs.ts";
import { type SimilarityName, similarity } from "./tasks/sentences/similarity.ts";
import type { TextReader } from "./tasks/sentences/text-rows.ts";
import { type ZeroShot, type ZeroShotOptions, zeroShot } from "./tasks/zero-shot.ts";
import type { Backend } from "./tensor/backend.ts";
import type { Tensor } from "./tensor/tensor.ts";

/** What `load` gives: a checkpoint that runs, with the tasks as its methods. */
export class Model extends LoadedModel {
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
    return chatPrompt(this, messages, options);
  }

  /** Writes the answer to a chat: `generate` behind the prompt that `chatPrompt` gives. */
  async chat(messages: readonly ChatMessage[], options: ChatOptions = {}): Promise<Generation> {
    const { prompt, rest } = splitOptions(options);
    const { text } = await this.chatPrompt(messages, prompt);
    return this.#generate(text, rest, { addSpecialTokens: false });
  }

  /** How probable a text is, token by token: log-probabilities, surprisal, perplexity. */
  async score(
    input: TextInput | readonly number[],
    options: ScoreOptions = {},
  ): Promise<TextScore> {
    return score(this, input, options);
  }

  async #generate(
    input: RunInput,
    options: GenerateOptions,
    task: GenerateTask = {},
  ): Promise<Generation> {
    const { label, config, generationConfig, tokenizer, sites, absentSites } = this;
    return this.work(({ network, backend, onWarning }) =>
      generate(
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
      ),
    );
  }

  /**
   * One vector a text, as sentence-transformers' `encode` gives it: with its prompt, cut where the checkpoint says, through all its
   * modules. A checkpoint without modules.json gets the mean over its tokens, which is said as a warning.
   */
  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<Embeddings> {
    return this.work((parts) => embed(this.#reader(parts), texts, options));
  }

  /** How alike vectors are: a (N, C), b (M, C), or a itself → (N, M); by the checkpoint's own measure, cosine where it names none. */
  similarity(a: Tensor, b: Tensor = a, { measure }: { measure?: SimilarityName } = {}): Tensor {
    return similarity(a, b, measure ?? this.similarityName);
  }

  /** What a cross-encoder says of pairs of texts, as sentence-transformers' `CrossEncoder.predict` gives it. */
  async scorePairs(
    pairs: readonly TextPair[],
    options: ScorePairsOptions = {},
  ): Promise<PairScores> {
    return this.work((parts) => scorePairs(this.#reader(parts), pairs, options));
  }

  #reader({ sentences, ...parts }: ModelParts): TextReader {
    return { ...parts, sentences: sentences ?? withoutSentences };
  }

  /** The labels of texts (or pairs) or pictures, best first; the config or `scoreFunction` says what makes scores of logits. */
  async classify(input: ClassifyInput, options: ClassifyOptions = {}): Promise<Classification> {
    return classify(this, input, options);
  }

  /** The labels of the parts of texts, piece by piece or put together by `aggregation`. */
  async classifyTokens(
    input: string | readonly string[],
    options: ClassifyTokensOptions = {},
  ): Promise<TokenClassification> {
    return classifyTokens(this, input, options);
  }

  /** The tokens a masked language model expects in the place of each mask. */
  async fill(input: string | readonly string[], options: FillOptions = {}): Promise<Filled> {
    return fill(this, input, options);
  }

  /** Labels that a model of inference never learned, scored by whether a sentence with the label follows from the text. */
  async zeroShot(input: string | readonly string[], options: ZeroShotOptions): Promise<ZeroShot> {
    return zeroShot(this, input, options);
  }

  /** The parts of a text that answer a question. */
  async answer(
    input: Question | readonly Question[],
    options: AnswerOptions = {},
  ): Promise<Answers> {
    return answer(this, input, options);
  }
}

/** A model from opened files, on a backend, which is the model's from then on. */
export async function loadFrom(
  source: FileSource,
  backend: Backend,
  options: LoadFromOptions = {},
): Promise<Model> {
  return new Model(await loadParts(source, backend, options));
}
