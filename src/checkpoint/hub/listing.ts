import { closest } from "fastest-levenshtein";
import { CheckpointError } from "../../errors/errors.ts";
import { HubError } from "./errors.ts";
import { type HubApi, type HubFile, neededFiles, weightFiles } from "./hub.ts";

/** What of one commit is to be read. */
export interface HubSelection {
  readonly files: readonly HubFile[];
  /** Names heed would read that the commit does not hold. */
  readonly absent: readonly string[];
}

/** Where to look. */
export interface HubPlace {
  readonly api: HubApi;
  readonly id: string;
  /** As the person named it, for messages. */
  readonly revision: string;
  readonly commit: string;
}

/**
 * Asks the hub for the files heed needs of a commit, or for exactly the `wanted` ones. `readText` gives the content
 * of a weight index. Throws HubError when a wanted file is missing, CheckpointError when no weights are there.
 */
export async function selectFiles(
  place: HubPlace,
  readText: (file: HubFile) => Promise<string>,
  wanted?: readonly string[],
): Promise<HubSelection> {
  const { api, id, revision, commit } = place;
  const listed = new Map<string, HubFile>();
  const ask = async (names: readonly string[]) => {
    for (const file of await api.files(id, commit, names)) listed.set(file.name, file);
    return new Map(names.map((name) => [name, listed.has(name)]));
  };
  if (wanted !== undefined) {
    await ask(wanted);
    const missing = wanted.find((name) => !listed.has(name));
    if (missing !== undefined) throw await noFile(place, missing);
    return { files: wanted.flatMap((name) => listed.get(name) ?? []), absent: [] };
  }
  const needed = await neededFiles(ask, (name) => readText(listed.get(name)!));
  if (needed.weights.length === 0) throw await noWeights(place);
  const shards = needed.weights.filter((name) => !listed.has(name));
  if (shards.length > 0) await ask(shards);
  const lost = shards.find((name) => !listed.has(name));
  if (lost !== undefined)
    throw new CheckpointError(
      `hub: ${needed.weights[0]} of ${id} at ${revision} names ${lost}, which is not there. Is the upload complete? Try another revision.`,
    );
  const names = [...needed.texts, ...needed.weights];
  return {
    files: names.flatMap((name) => listed.get(name) ?? []),
    absent: [...new Set([...needed.asked, ...weightFiles])].filter((name) => !listed.has(name)),
  };
}

async function noFile({ api, id, revision, commit }: HubPlace, name: string): Promise<HubError> {
  const names = await api.list(id, commit);
  const nearest = names.length > 0 ? ` Nearest: ${closest(name, [...names])}.` : "";
  return new HubError("file", `hub: ${id} has no file ${name} at ${revision}.${nearest}`);
}

async function noWeights({ api, id, revision, commit }: HubPlace): Promise<HubError> {
  const names = await api.list(id, commit);
  const others = names.filter((name) =>
    /\.(h5|msgpack|onnx|ot|bin|safetensors|gguf|ckpt)$/.test(name),
  );
  const packed = names.filter((name) => /\.gguf$/i.test(name));
  if (packed.length > 0)
    return new HubError(
      "file",
      `hub: ${id} at ${revision} holds GGUF files, of which one is to be named, as ${id}/${packed[0]}: ${packed.join(", ")}.`,
    );
  return new HubError(
    "file",
    `hub: ${id} at ${revision} has neither model.safetensors nor pytorch_model.bin, ` +
      `${others.length > 0 ? `only ${others.join(", ")}` : "and no other weights"}. ` +
      "Does a pull request hold them? Then name it: refs/pr/1.",
  );
}
