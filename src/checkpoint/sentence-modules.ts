import { CheckpointError } from "../errors/errors.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { readJson } from "./json/json-file.ts";

/** The files of a checkpoint that are no tensors. */
export type TextFiles = Pick<Checkpoint, "label" | "text">;

/** How the transformer's own file is called, today and in older releases. */
export const transformerFiles = [
  "bert",
  "roberta",
  "distilbert",
  "camembert",
  "albert",
  "xlm-roberta",
  "xlnet",
].map((type) => `sentence_${type}_config.json`);

/** One line of modules.json: a step from a text to its vector. */
export interface SentenceModule {
  /** Its class: "Pooling"; the whole path of a class that is not sentence-transformers' own. */
  readonly kind: string;
  /** Where its files lie; "" is the top. */
  readonly folder: string;
  /** Of a Router: which modules a text goes through. */
  readonly routes?: Routes;
}

/** Ways through a Router, by name, and which of them is taken. */
export interface Routes {
  readonly modules: Readonly<Record<string, readonly SentenceModule[]>>;
  /** Taken where no task is named. */
  readonly usual?: string;
  /** Names of ways by what Python's files call a pair of task and modality: "('query', None)". */
  readonly named: Readonly<Record<string, string>>;
}

/** The steps of modules.json, whose class paths differ between releases; undefined where there is no such file. Throws CheckpointError for another file. */
export async function readModules(
  files: TextFiles,
): Promise<readonly SentenceModule[] | undefined> {
  const parsed = await readJson(files, "modules.json");
  return parsed === undefined ? undefined : withRoutes(sentenceModules(parsed, files.label), files);
}

const routerKinds: readonly string[] = ["Router", "Asym"];

/** Where a Router's ways are written down; older ones have them in their config.json. */
export const routerFiles = ["router_config.json", "config.json"] as const;

/** The modules, each Router with its ways. Throws CheckpointError for a file that does not say them. */
export async function withRoutes(
  modules: readonly SentenceModule[],
  files: TextFiles,
): Promise<readonly SentenceModule[]> {
  return Promise.all(
    modules.map(async (module) => {
      if (!routerKinds.includes(module.kind)) return module;
      for (const file of routerFiles) {
        const parsed = (await readJson(files, within(module.folder, file))) as Fields | undefined;
        if (parsed?.structure === undefined) continue;
        return { ...module, routes: routesOf(parsed, module.folder, `${files.label}: ${file}`) };
      }
      return module;
    }),
  );
}

type Fields = Readonly<Record<string, unknown>>;

function routesOf({ types, structure, parameters }: Fields, folder: string, place: string): Routes {
  const { default_route: usual, allow_empty_key: takesFirst = true } = (parameters ?? {}) as Fields;
  const { route_mappings: named } = (parameters ?? {}) as { route_mappings?: Routes["named"] };
  const ways = Object.entries((structure ?? {}) as Record<string, unknown>);
  const modules = ways.map(([name, ids]) => {
    const isList =
      Array.isArray(ids) && ids.every((id) => typeof (types as Fields)?.[id] === "string");
    if (!isList)
      throw new CheckpointError(
        `${place}: the route ${JSON.stringify(name)} must be a list of names that have types, got ${JSON.stringify(ids)}`,
      );
    const lines = ids.map((id) => ({ type: (types as Fields)[id], path: within(folder, id) }));
    return [name, sentenceModules(lines, place)] as const;
  });
  if (modules.length === 0) throw new CheckpointError(`${place} names no routes in its structure`);
  const first = takesFirst === false ? undefined : modules[0]![0];
  return {
    modules: Object.fromEntries(modules),
    usual: typeof usual === "string" ? usual : first,
    named: named ?? {},
  };
}

function within(folder: string, name: string): string {
  return folder === "" || name === "" ? folder + name : `${folder}/${name}`;
}

/** Every module, those of a Router's ways in its place, each once. */
export function allModules(modules: readonly SentenceModule[]): readonly SentenceModule[] {
  const all = modules.flatMap((module) =>
    module.routes ? Object.values(module.routes.modules).flat() : [module],
  );
  return all.filter(
    ({ kind, folder }, place) =>
      all.findIndex((one) => one.kind === kind && one.folder === folder) === place,
  );
}

/** The steps of a modules.json that was parsed. */
export function sentenceModules(parsed: unknown, label: string): readonly SentenceModule[] {
  const rule = `${label}: modules.json must be a list of modules, each with a type and a path`;
  if (!Array.isArray(parsed)) throw new CheckpointError(`${rule}, got ${typeof parsed}`);
  return parsed.map((line: { type?: unknown; path?: unknown } | null) => {
    const { type, path } = line ?? {};
    if (typeof type !== "string" || typeof path !== "string")
      throw new CheckpointError(`${rule}, got ${JSON.stringify(line)}`);
    const isOwn = type.startsWith("sentence_transformers.");
    return {
      kind: isOwn ? type.split(".").at(-1)! : type,
      folder: path.replace(/^(\.\/)+|\/+$/g, ""),
    };
  });
}

/** Whether a module is the transformer: a sparse encoder's, of older releases, has a class of its own. */
export function isTransformer({ kind }: SentenceModule): boolean {
  return kind === "Transformer" || kind === "MLMTransformer";
}

/** The folder of the transformer itself; "" where it lies at the top, or nothing says otherwise. */
export function transformerFolder(modules: readonly SentenceModule[] | undefined): string {
  return allModules(modules ?? []).find(isTransformer)?.folder ?? "";
}

const kindsWithWeights: readonly string[] = ["Dense", "LayerNorm", "SparseStaticEmbedding"];

/** Whether a module behind the transformer has learned tensors. */
export function hasWeights(modules: readonly SentenceModule[] | undefined): boolean {
  return allModules(modules ?? []).some(({ kind }) => kindsWithWeights.includes(kind));
}

/** Modules with learned tensors, which lie in folders of their own. */
export function foldersWithWeights(modules: readonly SentenceModule[] | undefined): string[] {
  return allModules(modules ?? [])
    .filter(({ kind, folder }) => kindsWithWeights.includes(kind) && folder !== "")
    .map(({ folder }) => folder);
}

/** A module's config.json; empty where it has none. */
export async function moduleConfig(
  files: TextFiles,
  { folder }: SentenceModule,
): Promise<Readonly<Record<string, unknown>>> {
  const parsed = folder === "" ? undefined : await readJson(files, `${folder}/config.json`);
  if (parsed === undefined) return {};
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new CheckpointError(`${files.label}: ${folder}/config.json holds no object`);
  return parsed as Readonly<Record<string, unknown>>;
}
