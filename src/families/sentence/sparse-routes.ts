import { readJson } from "../../checkpoint/json/json-file.ts";
import {
  isTransformer,
  moduleConfig,
  type Routes,
  type SentenceModule,
  type TextFiles,
} from "../../checkpoint/sentence-modules.ts";
import { InputError } from "../../errors/errors.ts";
import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import type { Parameters } from "../parameters.ts";
import { readSparsePooling, type SparsePooling } from "./sparse-pooling.ts";

/** A weight for each word of the vocabulary that a text holds, without a pass of the model (SparseStaticEmbedding: inverse frequencies, say). */
export interface StaticWords {
  readonly weights: LazyTensor; // (V)
  /** The most tokens of a text, where its own tokenizer says so. */
  readonly maxLength?: number;
}

/** How texts become sparse vectors: one way, or several by the name of a task. */
export interface SparseRoutes {
  readonly ways: Readonly<Record<string, SparsePooling | StaticWords>>;
  /** The ways a Router has; undefined where the modules are one way for every text. */
  readonly router?: Routes;
}

/** What sparse vectors are read from. */
interface Source {
  readonly files: TextFiles;
  /** The transformer's folder. */
  readonly transformer: TextFiles;
  readonly parameters: Parameters;
  /** What sentence_bert_config.json asks of the transformer. */
  readonly task: string | undefined;
  /** The length of a module's table of weights; undefined where it has none. */
  readonly lengthOf: (folder: string) => number | undefined;
}

type Refused = { readonly refused: string };

/** What modules.json says of sparse vectors, or why heed cannot do so; undefined where it asks for none. */
export async function readSparseRoutes(
  modules: readonly SentenceModule[],
  source: Source,
): Promise<SparseRoutes | Refused | undefined> {
  const { files, task } = source;
  const [{ routes } = { routes: undefined }, ...rest] = modules;
  if (!routes) {
    const pooling = await readSparsePooling(modules, files, task);
    return pooling && ("refused" in pooling ? pooling : { ways: { "": pooling } });
  }
  const kinds = Object.values(routes.modules).map((way) => way.map(({ kind }) => kind));
  if (!kinds.flat().some((kind) => ["SpladePooling", "SparseStaticEmbedding"].includes(kind)))
    return undefined;
  if (rest.length > 0)
    return {
      refused: `modules.json lists ${rest[0]!.kind} behind a Router of sparse vectors, which heed does not have`,
    };
  const odd = Object.values(routes.named).find((name) => !Object.hasOwn(routes.modules, name));
  if (odd !== undefined)
    return { refused: `route_mappings names a route ${JSON.stringify(odd)} that is not there` };
  const folders = new Set(
    Object.values(routes.modules).flatMap((way) => way.filter(isTransformer).map((m) => m.folder)),
  );
  if (folders.size !== 1)
    return {
      refused: `its Router has ${folders.size} transformers (${[...folders].join(", ")}), and heed runs one. Take the folder of one as a model of its own`,
    };
  const ways: Record<string, SparsePooling | StaticWords> = {};
  for (const [name, way] of Object.entries(routes.modules)) {
    const isStatic = way.length === 1 && way[0]!.kind === "SparseStaticEmbedding";
    const isPass = way.some(({ kind }) => kind === "SpladePooling");
    const made = isStatic
      ? await staticWords(way[0]!, source)
      : isPass
        ? await readSparsePooling(way, files, task)
        : undefined;
    if (made === undefined || "refused" in made)
      return {
        refused:
          made?.refused ??
          `its Router's route ${JSON.stringify(name)} is ${way.map(({ kind }) => kind).join(", ") || "empty"}; heed has a transformer with a SpladePooling, and a SparseStaticEmbedding`,
      };
    ways[name] = made;
  }
  return { ways, router: routes };
}

async function staticWords(
  module: SentenceModule,
  { files, transformer, parameters, lengthOf }: Source,
): Promise<StaticWords | Refused> {
  const { folder } = module;
  const config = await moduleConfig(files, module);
  const strange = Object.keys(config).find((key) => key !== "frozen");
  if (strange !== undefined)
    return { refused: `${folder}/config.json says ${strange}, which heed does not have` };
  const length = lengthOf(folder);
  if (length === undefined) return { refused: `${folder} has no weights of words` };
  const own = { label: files.label, text: (file: string) => files.text(`${folder}/${file}`) };
  const [theirs, ours] = await Promise.all([wordsOf(own), wordsOf(transformer)]);
  if (theirs !== ours)
    return {
      refused: `the tokenizer of ${folder} is not the transformer's, and heed reads every route with one. Its tokenizer.json must be the same`,
    };
  const { model_max_length: most } = ((await readJson(own, "tokenizer_config.json")) ?? {}) as {
    readonly model_max_length?: unknown;
  };
  return {
    weights: parameters.beside(`${folder}/`).plain("weight", [length], "sentence.words"),
    maxLength: typeof most === "number" && Number.isSafeInteger(most) ? most : undefined,
  };
}

/** A tokenizer.json without what a last call left in it. */
async function wordsOf(files: TextFiles): Promise<string | undefined> {
  const parsed = await readJson(files, "tokenizer.json");
  return parsed === undefined
    ? undefined
    : JSON.stringify({ ...(parsed as object), truncation: null, padding: null });
}

/** The way a text goes, by its task, in the order in which sentence-transformers looks. Throws InputError for a task there is no way for, and where one must be named. */
export function routeOf(
  { ways, router }: SparseRoutes,
  task: string | undefined,
  label: string,
): { readonly name: string; readonly way: SparsePooling | StaticWords } {
  if (!router) {
    if (task === undefined) return { name: "", way: ways[""]! };
    throw new InputError(
      `embed: ${label} reads every text alike, whatever its task (--task). Leave it out`,
    );
  }
  const said = task === undefined ? "None" : `'${task}'`;
  const [mapped] = [`(${said}, 'text')`, `(${said}, None)`, "(None, 'text')", "(None, None)"]
    .map((key) => router.named[key])
    .filter((name) => name !== undefined);
  const named = [mapped, task, "text"].find(
    (name) => name !== undefined && Object.hasOwn(ways, name),
  );
  const name = named ?? (task === undefined ? router.usual : undefined);
  if (name !== undefined) return { name, way: ways[name]! };
  throw new InputError(
    task === undefined
      ? `embed: ${label} has a route for each task and none for texts without one. Name it: task (--task) ${Object.keys(ways).join(" or ")}`
      : `embed: ${label} has no route for the task ${JSON.stringify(task)}; it has ${Object.keys(ways).join(", ")}`,
  );
}
