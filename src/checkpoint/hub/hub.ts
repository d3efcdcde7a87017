import { CheckpointError, InputError } from "../../errors/errors.ts";
import { isObject, parseJson } from "../json/strict-json.ts";
import {
  allModules,
  foldersWithWeights,
  type SentenceModule,
  sentenceModules,
  transformerFiles,
  transformerFolder,
  withRoutes,
} from "../sentence-modules.ts";

/** Where huggingface.co answers; HF_ENDPOINT or `hubUrl` names a mirror. */
export const defaultHubUrl = "https://huggingface.co";

/** One file of a repository at one commit. */
export interface HubFile {
  /** Path inside the repository, with forward slashes. */
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of the content (64 digits), or git's blob SHA-1 (40 digits) of a small file. */
  readonly etag: string;
}

/** How far one file has come, in bytes. */
export interface HubProgress {
  readonly file: string;
  readonly received: number;
  readonly total: number;
}

/** What may be said about a fetch; everything has a default. */
export interface HubOptions {
  /** A branch, a tag, refs/pr/7 or a commit; "main". */
  readonly revision?: string;
  /** Another hub than huggingface.co. */
  readonly hubUrl?: string;
  /** For private and gated repositories; goes to the hub's own origin alone. */
  readonly token?: string;
  readonly signal?: AbortSignal;
  /** Every file to come is announced once before bytes arrive; files at hand are not. */
  readonly onProgress?: (progress: HubProgress) => void;
  /** Told when a stand-in is used (an older commit, no connection), and when the hub asks to wait; console.warn. */
  readonly onWarning?: (message: string) => void;
  /** Exactly these files in place of those heed chooses. */
  readonly files?: readonly string[];
  /** In place of the platform's own, for proxies and tests. */
  readonly fetch?: typeof fetch;
  /** Waits before another attempt. */
  readonly wait?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Attempts without a byte of progress before giving up; 5. */
  readonly attempts?: number;
  /** A connection that brings nothing for so long counts as cut; 30 s. */
  readonly stallMs?: number;
}

/** What a hub can be asked; answered by a library in Node and by two routes in browsers. */
export interface HubApi {
  /** The full commit id a branch, a tag or a pull request stands for. */
  commit(id: string, revision: string): Promise<string>;
  /** Those of the named files that the commit holds. */
  files(id: string, commit: string, names: readonly string[]): Promise<readonly HubFile[]>;
  /** Names of all files on the top level of the commit. */
  list(id: string, commit: string): Promise<readonly string[]>;
}

/** The files of a checkpoint that heed reads, apart from weights; taken where they exist. */
export const textFiles: readonly string[] = [
  "config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.txt",
  "vocab.json",
  "merges.txt",
  "spiece.model",
  "sentencepiece.bpe.model",
  "tokenizer.model",
  "spm.model",
  "generation_config.json",
  "preprocessor_config.json",
  "processor_config.json",
  "modules.json",
  "router_config.json",
  "config_sentence_transformers.json",
  ...transformerFiles,
  "1_Pooling/config.json",
];

/** Files that hold or list the weights, best first; the first that exists is the one taken. */
export const weightFiles: readonly string[] = [
  "model.safetensors",
  "model.safetensors.index.json",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
  "adapter_model.safetensors",
  "adapter_model.bin",
];

/** Says what an adapter's weights change. */
const adapterConfig = "adapter_config.json";

/** What of a repository heed needs. */
export interface NeededFiles {
  readonly texts: readonly string[];
  /** The weights: one file, or an index and its shards; empty where there are none that heed reads. */
  readonly weights: readonly string[];
  /** Every name that was looked for. */
  readonly asked: readonly string[];
  /** False where something was not known, so that a file may exist that is not listed here. */
  readonly isCertain: boolean;
}

/**
 * Chooses the files heed needs. `known` says of names whether they exist (a name left out: not known);
 * `readText` gives a weight index. Throws CheckpointError on an index that cannot be used.
 */
export async function neededFiles(
  known: (names: readonly string[]) => Promise<ReadonlyMap<string, boolean>>,
  readText: (name: string) => Promise<string>,
): Promise<NeededFiles> {
  const exists = new Map(await known([...textFiles, ...weightFiles]));
  const modules = exists.get("modules.json")
    ? await withRoutes(
        sentenceModules(parseJson(await readText("modules.json"), "hub: modules.json"), "hub"),
        {
          label: "hub",
          text: async (file) => (exists.get(file) ? await readText(file) : undefined),
        },
      )
    : [];
  const { texts, places } = filesOfModules(modules);
  const isAdapter = !weightFiles.some((name) => exists.get(name) && !name.startsWith("adapter_"));
  if (isAdapter) texts.push(adapterConfig);
  const more = [...texts, ...places.flatMap((place) => inFolder(place, weightFiles))];
  const unasked = more.filter((name) => !exists.has(name));
  if (unasked.length > 0)
    for (const [name, isThere] of await known(unasked)) exists.set(name, isThere);
  const weights: string[] = [];
  const asked = [...textFiles, ...texts];
  for (const place of places) {
    const names = inFolder(place, weightFiles);
    const first = names.findIndex((name) => exists.get(name));
    asked.push(...(first < 0 ? names : names.slice(0, first + 1)));
    const chosen = names[first];
    // A module's weights alone are no checkpoint.
    if (chosen === undefined && weights.length === 0) break;
    if (chosen !== undefined) weights.push(chosen);
    if (chosen?.endsWith(".index.json"))
      weights.push(...inFolder(place, shardNames(chosen, await readText(chosen))));
  }
  return {
    texts: [...new Set([...textFiles, ...texts])].filter((name) => exists.get(name)),
    weights,
    asked,
    isCertain: asked.every((name) => exists.has(name)),
  };
}

/** What a sentence encoder's modules are read from: text files, and folders with weights, the transformer's first. */
function filesOfModules(modules: readonly SentenceModule[]): {
  readonly texts: string[];
  readonly places: readonly string[];
} {
  const main = transformerFolder(modules);
  const others = allModules(modules)
    .map(({ folder }) => folder)
    .filter((folder) => folder !== main);
  const folders = others.filter((folder) => folder !== "");
  const unsafe = [main, ...folders].find((folder) => folder !== "" && !isSafeName(folder));
  if (unsafe !== undefined)
    throw new CheckpointError(
      `hub: modules.json names ${JSON.stringify(unsafe)} as a folder; a folder lies inside the repository.`,
    );
  return {
    texts: [
      ...(main === "" ? [] : inFolder(main, textFiles)),
      ...folders.map((folder) => `${folder}/config.json`),
      ...allModules(modules)
        .filter(({ kind, folder }) => kind === "SparseStaticEmbedding" && folder !== "")
        .flatMap(({ folder }) => inFolder(folder, ["tokenizer.json", "tokenizer_config.json"])),
    ],
    places: [main, ...foldersWithWeights(modules)],
  };
}

function inFolder(folder: string, names: readonly string[]): string[] {
  return folder === "" ? [...names] : names.map((name) => `${folder}/${name}`);
}

/** The shards an index names, in its order, each once. Throws CheckpointError on a name that leaves the folder. */
function shardNames(index: string, text: string): string[] {
  const parsed = parseJson(text, `hub: ${index}`);
  const map = isObject(parsed) ? parsed.weight_map : undefined;
  if (!isObject(map))
    throw new CheckpointError(
      `hub: ${index} has no "weight_map" that says which shard holds what.`,
    );
  const names = [...new Set<unknown>(Object.values(map))];
  return names.map((name) => {
    if (typeof name === "string" && isSafeName(name)) return name;
    throw new CheckpointError(
      `hub: ${index} names ${JSON.stringify(name)} as a shard; a shard is a file beside the index.`,
    );
  });
}

/** Whether a path from a repository stays inside the folder it is written to, on every system. */
export function isSafeName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a control character has no place in a file name
  if (/[\\:*?"<>|\u0000-\u001f]/.test(name)) return false;
  return name.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

/** Whether a revision is a full commit id, so that nothing about it can change. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

/** Gives back a well-formed repository id (`owner/name`, or `name` alone as `gpt2`). Throws InputError. */
export function checkHubId(id: string): string {
  const isWellFormed =
    id.length <= 96 &&
    /^[\w.-]+(\/[\w.-]+)?$/.test(id) &&
    !/\.\.|--|(^|\/)[.-]|[.-](\/|$)|\.git$/.test(id);
  if (isWellFormed) return id;
  throw new InputError(
    `hub: ${JSON.stringify(id)} is not a repository id. Write owner/name, as openai-community/gpt2, ` +
      "or put ./ before the path of a folder.",
  );
}

/** Gives back a well-formed revision: a branch, a tag, refs/pr/7 or a commit. Throws InputError. */
export function checkRevision(revision: string): string {
  const isWellFormed =
    /^[^\s~^?*[\]\\:@{}]+$/.test(revision) &&
    isSafeName(revision) &&
    !/(^|\/)[.-]|\.\.|\.lock$|\.$/.test(revision);
  if (isWellFormed) return revision;
  throw new InputError(
    `hub: ${JSON.stringify(revision)} is not a revision. Write a branch (main), a tag, refs/pr/7 or a commit of 40 digits.`,
  );
}

/** The address of one file; each part of the path is escaped. */
export function fileUrl(hubUrl: string, id: string, commit: string, name: string): string {
  const path = name.split("/").map(encodeURIComponent).join("/");
  return `${hubUrl}/${id}/resolve/${encodeURIComponent(commit)}/${path}`;
}

/** A file as the hub's listing gives it, checked: names and hashes become paths on the disk. */
export function checkedFile(entry: {
  readonly path: string;
  readonly size: number;
  readonly oid?: string;
  readonly lfs?: { readonly oid: string; readonly size: number };
}): HubFile {
  // A mirror may send anything in its place.
  const etag = String(entry.lfs?.oid ?? entry.oid ?? "").replace(/^sha256:/, "");
  const bytes = entry.lfs?.size ?? entry.size;
  const isUsable =
    typeof entry.path === "string" &&
    isSafeName(entry.path) &&
    /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(etag) &&
    Number.isSafeInteger(bytes) &&
    bytes >= 0;
  if (isUsable) return { name: entry.path, bytes, etag };
  throw new CheckpointError(
    `hub: the listing gives ${JSON.stringify(entry.path)} with size ${bytes} and hash ${JSON.stringify(etag)}, ` +
      "which heed cannot check. Is HF_ENDPOINT a complete mirror of the hub?",
  );
}
