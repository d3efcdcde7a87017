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
}

/** The steps of modules.json, whose class paths differ between releases; undefined where there is no such file. Throws CheckpointError for another file. */
export async function readModules(
  files: TextFiles,
): Promise<readonly SentenceModule[] | undefined> {
  const parsed = await readJson(files, "modules.json");
  return parsed === undefined ? undefined : sentenceModules(parsed, files.label);
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
  return modules?.find(isTransformer)?.folder ?? "";
}

const kindsWithWeights: readonly string[] = ["Dense", "LayerNorm"];

/** Whether a module behind the transformer has learned tensors. */
export function hasWeights(modules: readonly SentenceModule[] | undefined): boolean {
  return modules?.some(({ kind }) => kindsWithWeights.includes(kind)) ?? false;
}

/** Modules with learned tensors, which lie in folders of their own. */
export function foldersWithWeights(modules: readonly SentenceModule[] | undefined): string[] {
  return (modules ?? [])
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
