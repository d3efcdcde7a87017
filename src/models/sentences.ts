import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { below, withFolders } from "../checkpoint/folders.ts";
import { type OpenOptions, openCheckpoint } from "../checkpoint/open.ts";
import {
  allModules,
  foldersWithWeights,
  hasWeights,
  isTransformer,
  readModules,
  type SentenceModule,
  transformerFolder,
} from "../checkpoint/sentence-modules.ts";
import type { FileSource } from "../checkpoint/source.ts";
import { readText } from "../checkpoint/stored-checkpoint.ts";
import { CheckpointError } from "../errors/errors.ts";
import type { Parameters } from "../families/parameters.ts";
import { openChain, type SentenceChain } from "../families/sentence/chain.ts";
import { type LogitScore, readLogitScore } from "../families/sentence/logit-score.ts";
import { readSettings, type SentenceSettings } from "../families/sentence/settings.ts";
import { readSparseRoutes, type SparseRoutes } from "../families/sentence/sparse-routes.ts";

/** Why there is no chain where nobody made the checkpoint for sentences. */
export const noSentenceEncoder = "the checkpoint is no sentence encoder (it has no modules.json)";

/** Why a run of a sparse encoder has no sentence vector. */
const isSparse =
  "its vectors are sparse, a weight for each word of the vocabulary, which embed makes (heed embed)";

/** How a checkpoint's texts become vectors, or scores of pairs. */
export interface Sentences {
  /** The classes of modules.json, in order; undefined where there is no such file. */
  readonly modules?: readonly string[];
  readonly chain: SentenceChain | { readonly refused: string };
  readonly settings: SentenceSettings;
  /** Of a language model that scores pairs by what it would write next. */
  readonly logitScore?: LogitScore;
  /** Of a sparse encoder, whose texts get a weight for each word of the vocabulary. */
  readonly sparse?: SparseRoutes;
}

/** What modules do otherwise than their files say, to be told where they are loaded. */
export function saidOf({ chain }: Sentences): readonly string[] {
  return "refused" in chain ? [] : (chain.said ?? []);
}

/** Of a model that no files were read for. */
export const withoutSentences: Sentences = {
  chain: { refused: noSentenceEncoder },
  settings: { modelType: "SentenceTransformer", lowerCases: false, prompts: {} },
};

/** What is said of a run whose sentence vector is made of other tokens than the checkpoint's own vectors are; undefined where it is not. */
export function longerThanCut(
  { label, sentences }: { readonly label: string; readonly sentences?: Sentences },
  length: number,
): string | undefined {
  const { chain, settings } = sentences ?? withoutSentences;
  const { maxLength, messages } = settings;
  if ("refused" in chain) return undefined;
  if (messages)
    return `${label}: its sentence_bert_config.json puts texts into the chat template: output.sentence is of the text as it is; model.embed() does so`;
  if (maxLength === undefined || length <= maxLength) return undefined;
  return `${label}: ${length} tokens, and its sentence_bert_config.json says max_seq_length ${maxLength}: output.sentence is of all of them; model.embed() cuts there`;
}

/** A checkpoint, with the tensors of its sentence modules beside its own. */
export interface SentenceFiles {
  readonly checkpoint: Checkpoint;
  /** Whether modules have tensors of their own: these are taken before any are loaded. */
  readonly haveTensors: boolean;
  /** Takes the tensors of the modules, and reads how texts are treated. */
  takeSentences(parameters: Parameters): Promise<Sentences>;
}

/**
 * Opens a checkpoint where modules.json says that it lies: at the top, or in a folder (0_Transformer). Throws CheckpointError as
 * `openCheckpoint` does, and for a list of modules without a transformer.
 */
export async function openSentences(
  source: FileSource,
  options: OpenOptions,
): Promise<SentenceFiles> {
  try {
    const { label } = source;
    const top = { label, text: (file: string) => readText(source, file) };
    const modules = await readModules(top);
    const folder = transformerFolder(modules);
    source.expectFiles?.((modules ?? []).slice(1).map((module) => `${module.folder}/config.json`));
    await expectConfig(source, modules, folder);
    const main = await openCheckpoint(
      folder === "" ? source : { ...below(source, folder), label, close: () => source.close() },
      options,
    );
    const opened = new Map<string, Checkpoint>();
    for (const name of foldersWithWeights(modules))
      opened.set(name, await openCheckpoint(below(source, name), options));
    return {
      checkpoint: withFolders(main, opened),
      haveTensors: hasWeights(modules),
      async takeSentences(parameters) {
        const settings = await readSettings(top, main);
        if (!modules) return { chain: { refused: noSentenceEncoder }, settings };
        const sparse = await readSparseRoutes(modules, {
          files: top,
          transformer: main,
          parameters,
          task: settings.task,
          lengthOf: (name) => opened.get(name)?.tensors.get("weight")?.shape[0],
        });
        const refused =
          settings.refused ?? (sparse && ("refused" in sparse ? sparse.refused : isSparse));
        return {
          modules: modules.map(({ kind }) => kind),
          chain: refused ? { refused } : await openChain(modules, top, parameters),
          settings,
          sparse: sparse && refused === isSparse ? (sparse as SparseRoutes) : undefined,
          logitScore: await readLogitScore(modules, top),
        };
      },
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** A list of modules that begins with something else than a transformer has no config.json where heed looks for one. */
async function expectConfig(
  source: FileSource,
  modules: readonly SentenceModule[] | undefined,
  folder: string,
): Promise<void> {
  if (!modules || allModules(modules).some(isTransformer)) return;
  if ((await source.size(folder === "" ? "config.json" : `${folder}/config.json`)) !== undefined)
    return;
  throw new CheckpointError(
    `${source.label}: modules.json lists ${modules.map(({ kind }) => kind).join(", ") || "nothing"}, and heed has Transformer, Pooling, SpladePooling, Dense, LayerNorm, Normalize and Dropout. Take a model that is made of these`,
  );
}
