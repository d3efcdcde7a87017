import { type BackendOptions, backendOptions } from "../backends/names.ts";
import { type Adapter, adapterIn, baseOf } from "../checkpoint/adapter/adapter-source.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import {
  type ModelSource,
  type SourceOptions,
  sourceOptions,
} from "../checkpoint/given/model-source.ts";
import { readJson, readJsonTables } from "../checkpoint/json/json-file.ts";
import type { OpenOptions } from "../checkpoint/open.ts";
import { isQuantised } from "../checkpoint/quantized/traces.ts";
import type { FileSource } from "../checkpoint/source.ts";
import { CheckpointError, InputError, StrangeTokenizerError } from "../errors/errors.ts";
import { allInOrder } from "../errors/first-error.ts";
import { expectFlags, expectKeys, type KeysOf } from "../errors/options.ts";
import { type RawConfig, readingConfig } from "../families/config.ts";
import { familyOf } from "../families/families.ts";
import type { ImageBackend } from "../images/resample.ts";
import type { Backend } from "../tensor/backend.ts";
import { createTokenizer, type Tokenizer, type TokenizerFiles } from "../tokens/tokenizer.ts";
import { needsOwnPieces } from "../tokens/tokenizer-files.ts";
import { readChatTemplates } from "./chat-templates.ts";
import { readAudioPreparation } from "./inputs/audio-inputs.ts";
import { readImages } from "./inputs/image-inputs.ts";
import type { ModelParts } from "./model-parts.ts";
import { type Described, describedConfig, openNetwork } from "./open-network.ts";
import { openSentences, saidOf } from "./sentences.ts";

/** How far loading has come. */
export interface LoadProgress {
  readonly stage: "files" | "weights";
  readonly done: number;
  readonly total: number;
  /** The file or tensor at hand. */
  readonly name?: string;
}

export interface LoadFromOptions extends Described {
  /** Of a LoRA adapter's folder: the model that it changes, where that is not the one that adapter_config.json names. */
  readonly base?: ModelSource;
  /** Of a LoRA adapter's folder: false loads its base without the adapter, to be compared with. */
  readonly adapter?: boolean;
  /** The language of texts, of translators that have a token for each (NLLB: `fra_Latn`); else the one their files name. */
  readonly sourceLanguage?: string;
  /** The language that is written: `generate` begins with its token, and targets do. */
  readonly targetLanguage?: string;
  /** Whose numbers pictures become: "pillow", as transformers has them where torchvision is not installed, if not said, or "torchvision", as where it is. */
  readonly imageBackend?: ImageBackend;
  readonly signal?: AbortSignal;
  /** Told of every file and tensor that is read. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Told of warnings while loading, and of those of runs that have no listener of their own. */
  readonly onWarning?: (message: string) => void;
}

/** Keys of LoadFromOptions. */
export const loadFromOptions: KeysOf<LoadFromOptions> = {
  type: true,
  headClass: true,
  reads: true,
  base: true,
  adapter: true,
  sourceLanguage: true,
  targetLanguage: true,
  imageBackend: true,
  signal: true,
  onProgress: true,
  onWarning: true,
};

/** What a model is made of, and whether nothing of it came over the network. */
export interface LoadedParts extends ModelParts {
  readonly cached: boolean;
}

/** Where a model comes from, what computes it, and who is told. */
export interface LoadOptions extends SourceOptions, LoadFromOptions, BackendOptions {}

/** Everything that can be said of loading, on Node and in browsers: where files come from, what computes, who is told. */
export const loadOptions: KeysOf<LoadOptions> = {
  ...backendOptions,
  ...sourceOptions,
  ...loadFromOptions,
};

/**
 * Files that nearly every checkpoint has or is asked for, those first that take longest to come or to be read: a browser asks a host for
 * six at a time, so that the first six come in one turn, and the others with a module's config in a second one. Of config.json everyone
 * has one: by its answer others are understood.
 */
const firstFiles = [
  "config.json",
  "model.safetensors",
  "tokenizer.json",
  "modules.json",
  "sentence_bert_config.json",
  "config_sentence_transformers.json",
  "1_Pooling/config.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
];

/** Opens the model that an adapter changes, by its name or as it was given. */
export type OpenBase = (base: ModelSource, revision: string | undefined) => Promise<FileSource>;

/** A source whose backend is being chosen: what nearly every checkpoint has is asked for at once. Where it cannot be opened the backend is let go of. */
export async function openBeside(
  opening: Promise<FileSource>,
  choosing: Promise<Backend>,
): Promise<FileSource> {
  // Whoever waits for it is told why there is none.
  choosing.catch(() => undefined);
  try {
    const source = await opening;
    source.expectFiles?.(firstFiles);
    return source;
  } catch (error) {
    await disposed(choosing);
    throw error;
  }
}

/** Lets go of a backend, if there comes to be one. */
async function disposed(choosing: Promise<Backend>): Promise<void> {
  const backend = await choosing.catch(() => undefined);
  await backend?.dispose();
}

/**
 * What a model is made of, from opened files, on a backend, which may still be on its way: files are read while kernels are compiled and threads
 * start. The files are closed when its weights are loaded; the backend is the model's, and is disposed of when there will be no model.
 */
export async function loadParts(
  source: FileSource,
  backend: Backend | Promise<Backend>,
  options: LoadFromOptions = {},
  openBase: OpenBase = onlyFiles,
): Promise<LoadedParts> {
  const choosing = Promise.resolve(backend);
  choosing.catch(() => undefined); // as above
  try {
    expectKeys(options, loadOptions, "load");
    expectFlags({ adapter: options.adapter }, "load");
    return await openParts(source, choosing, options, openBase);
  } catch (error) {
    await disposed(choosing);
    throw error;
  }
}

const onlyFiles: OpenBase = async (base) => {
  if (typeof base === "object" && "read" in base && "size" in base) return base;
  throw new InputError("load: files were given, so the adapter's base is to be given as files too");
};

/** What an adapter changes, as it is opened in the adapter's place; nothing where there is no adapter. */
async function adapted(
  given: FileSource,
  { base, adapter: isWanted }: LoadFromOptions,
  openBase: OpenBase,
): Promise<{ readonly source: FileSource; readonly adapter?: Adapter }> {
  try {
    const adapter = await adapterIn(given);
    if (!adapter) {
      if (base === undefined && isWanted !== false) return { source: given };
      throw new InputError(
        `load: ${given.label} is no folder of an adapter (adapter_config.json), so ${base === undefined ? "there is none to leave out" : "it has no base"}: leave ${base === undefined ? "adapter (--without-adapter)" : "base (--base)"} away`,
      );
    }
    const revision = base === undefined ? adapter.config.revision : undefined;
    const source = await openBase(baseOf(adapter, given.label, base), revision).catch((error) => {
      if (base !== undefined || !(error instanceof Error)) throw error;
      throw new CheckpointError(
        `${given.label}: adapter_config.json names the base "${adapter.config.base}": ${error.message.replace(/[.]?$/, ".")} Is it elsewhere? Give it as base (--base)`,
        { cause: error },
      );
    });
    if (isWanted !== false) return { source, adapter };
    await adapter.close();
    return { source };
  } catch (error) {
    await given.close();
    throw error;
  }
}

async function openParts(
  given: FileSource,
  choosing: Promise<Backend>,
  options: LoadFromOptions,
  openBase: OpenBase,
): Promise<LoadedParts> {
  const { signal, onProgress, onWarning, sourceLanguage, targetLanguage, imageBackend } = options;
  const opening: OpenOptions = {
    signal,
    onProgress: ({ done, total, file }) =>
      onProgress?.({ stage: "files", done, total, name: file }),
    // A family's code comes while the weights do; whatever is wrong is said when it is needed.
    onConfig: (config) => {
      const family = async () => familyOf(describedConfig(config, options), given.label);
      family().catch(() => undefined);
    },
  };
  given.expectFiles?.(firstFiles);
  const { source, adapter } = await adapted(given, options, openBase);
  if (source !== given) source.expectFiles?.(firstFiles);
  const { checkpoint: base, ...files } = await openSentences(source, opening);
  let checkpoint = base;
  try {
    // Few checkpoints need what takes codes apart.
    if (isQuantised(base))
      checkpoint = await (await import("../checkpoint/quantized/dequantised.ts")).dequantised(base);
    if (adapter) checkpoint = await adapter.apply(checkpoint);
    const { label } = checkpoint;
    for (const warning of checkpoint.warnings ?? []) onWarning?.(warning);
    const opened = await openNetwork(checkpoint, options, (message) => onWarning?.(message));
    const { family, config, network, parameters } = opened;
    const takeSentences = () => files.takeSentences(parameters);
    const taken = files.haveTensors ? await takeSentences() : undefined;
    const [sentences, tokenizer, chatTemplates, generationConfig, images, audio] = await together(
      signal,
      (signal) => {
        const reading = taken ? Promise.resolve(taken) : takeSentences();
        return [
          reading,
          readTokenizer(
            { ...checkpoint, config },
            reading.then(({ settings: { lowerCases } }) => ({
              lowerCases,
              sourceLanguage,
              targetLanguage,
            })),
          ).catch((error: unknown) => {
            if (!(error instanceof StrangeTokenizerError)) throw error;
            onWarning?.(`${label} reads no texts, only ids. ${error.message}`);
            return undefined;
          }),
          reading.then(({ modules, settings }) =>
            network.generates || settings.messages || (network.isCausal && !modules)
              ? readChatTemplates(checkpoint)
              : undefined,
          ),
          network.generates ? readGenerationConfig(checkpoint) : Promise.resolve({}),
          readImages(checkpoint, (network.towers?.vision ?? network).images, imageBackend),
          readAudioPreparation(checkpoint, network.audio),
          choosing.then((backend) =>
            parameters.load(backend, {
              signal,
              onProgress: (done, total) => onProgress?.({ stage: "weights", done, total }),
              onWarning,
            }),
          ),
        ];
      },
    );
    for (const message of saidOf(sentences)) onWarning?.(message);
    source.keep?.();
    return {
      label,
      ...(source.commit !== undefined && { commit: source.commit }),
      type: family.type,
      config,
      network,
      parameters,
      backend: await choosing,
      cached: source.isCached?.() ?? false,
      tokenizer,
      chatTemplates,
      generationConfig,
      sentences,
      images,
      audio,
      onWarning,
    };
  } finally {
    await checkpoint.close();
  }
}

/**
 * Work side by side; where one part fails the others are stopped and waited for, so that none reads files that are closed. What can be stopped
 * stands last: the error is that of the first part that fails, and none before it was stopped.
 */
async function together<T extends readonly Promise<unknown>[]>(
  outer: AbortSignal | undefined,
  begin: (signal: AbortSignal) => readonly [...T],
): Promise<{ [Part in keyof T]: Awaited<T[Part]> }> {
  const controller = new AbortController();
  const stop = () => controller.abort(outer?.reason);
  outer?.addEventListener("abort", stop, { once: true });
  if (outer?.aborted) stop();
  const parts = begin(controller.signal);
  for (const part of parts) part.catch((error: unknown) => controller.abort(error));
  try {
    return await allInOrder(parts);
  } finally {
    outer?.removeEventListener("abort", stop);
  }
}

/** generation_config.json: which ids end a text, and how its makers sample; empty when there is none. */
async function readGenerationConfig(files: Pick<Checkpoint, "label" | "text">): Promise<RawConfig> {
  const parsed = (await readJson(files, "generation_config.json")) ?? {};
  if (typeof parsed !== "object" || Array.isArray(parsed))
    throw new CheckpointError(`${files.label}: generation_config.json holds no object`);
  return parsed as RawConfig;
}

/** Names of SentencePiece models, the first that is there is read. */
const pieceFiles = ["spiece.model", "sentencepiece.bpe.model", "tokenizer.model", "spm.model"];

/** What is asked of a tokenizer, beside what its own files say. */
type AskedOfTokenizer = Pick<TokenizerFiles, "lowerCases" | "sourceLanguage" | "targetLanguage">;

/**
 * The tokenizer of a checkpoint's files, or undefined when there is none: then the model runs on ids. What is asked of it may be known later:
 * files are read and parsed meanwhile.
 */
export async function readTokenizer(
  files: Pick<Checkpoint, "label" | "text" | "data" | "config">,
  asking: AskedOfTokenizer | Promise<AskedOfTokenizer> = {},
): Promise<Tokenizer | undefined> {
  const json = (file: string) => readJson(files, file);
  const [asked, tokenizerJson, tokenizerConfig, specialTokensMap, addedTokens] = await allInOrder([
    Promise.resolve(asking),
    readJsonTables(files, "tokenizer.json"),
    json("tokenizer_config.json"),
    json("special_tokens_map.json"),
    json("added_tokens.json"),
  ]);
  // Two networks have one tokenizer: that of the encoder, as AutoTokenizer has it.
  const { model_type: type, tokenizer_class: ofReader } = readingConfig(files.config);
  const { tokenizer_class: tokenizerClass = ofReader } = files.config;
  const shared = {
    tokenizerConfig,
    specialTokensMap,
    addedTokens,
    ...asked,
    modelType: typeof type === "string" ? type : undefined,
    tokenizerClass,
  };
  const isOwn = needsOwnPieces({ tokenizerJson, ...shared });
  if (tokenizerJson !== undefined && !isOwn) return createTokenizer({ tokenizerJson, ...shared });
  const pieces = await allInOrder(pieceFiles.map((file) => files.data(file)));
  const older: TokenizerFiles = {
    vocabTxt: await files.text("vocab.txt"),
    vocabJson: await readJsonTables(files, "vocab.json"),
    mergesTxt: await files.text("merges.txt"),
    sentencePiece: pieces.find((bytes) => bytes !== undefined),
    ...(isOwn && {
      sourcePieces: await files.data("source.spm"),
      targetPieces: await files.data("target.spm"),
      targetVocabJson: await readJsonTables(files, "target_vocab.json"),
    }),
    tokenizerJson,
    ...shared,
  };
  const isThere =
    tokenizerJson !== undefined ||
    older.vocabTxt !== undefined ||
    older.vocabJson !== undefined ||
    older.sentencePiece !== undefined;
  return isThere ? createTokenizer(older) : undefined;
}
