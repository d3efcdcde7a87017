import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../../errors/errors.ts";
import type { Film } from "../../../training/film/film.ts";
import { readFilm } from "../../../training/film/read-film.ts";
import type { ModelFiles } from "../../../training/new-model.ts";
import type { TrainingSettings } from "./settings.ts";

/** A training that was kept: how it was asked for, its model, where it stands. */
export interface KeptTraining {
  readonly settings: TrainingSettings;
  readonly files: ModelFiles;
  readonly state: Uint8Array;
  readonly film: Film;
}

/** Throws InputError for a folder that holds something else already. */
export async function expectEmpty(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const files = await readdir(folder).catch((error: Error) => {
    throw new InputError(`--out ${folder}: is no folder that can be read (${error.message})`);
  });
  if (files.length === 0) return;
  const advice = files.includes("training.json")
    ? "Name another folder, or go on with the training in it: --resume"
    : "Name another folder";
  throw new InputError(`--out ${folder}: there are files in it already. ${advice}`);
}

/** Writes files into a folder; each is complete or as it was before. */
export async function writeFiles(folder: string, files: ModelFiles): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    for (const [name, bytes] of Object.entries(files)) {
      const file = join(folder, name);
      await writeFile(`${file}.part`, bytes);
      await rename(`${file}.part`, file);
    }
  } catch (error) {
    throw new InputError(`--out ${folder}: cannot be written (${(error as Error).message})`);
  }
}

/** The training that a folder keeps. Throws InputError where it keeps none. */
export async function keptTraining(folder: string): Promise<KeptTraining> {
  const read = async (name: string) => {
    try {
      return await readFile(join(folder, name));
    } catch (cause) {
      throw new InputError(
        `--resume: ${join(folder, name)} cannot be read. Name with --out the folder of a training that heed train began`,
        { cause },
      );
    }
  };
  const settings = parsed<TrainingSettings>(await read("training.json"), folder, "training.json");
  const state = await read("training.safetensors");
  const film = readFilm(
    parsed<unknown>(await read("film.json"), folder, "film.json"),
    `--resume: ${join(folder, "film.json")}`,
  );
  const files: Record<string, Uint8Array> = {};
  for (const name of await readdir(folder))
    if (/\.(json|safetensors|txt|model)$/.test(name)) files[name] = await read(name);
  if (!Array.isArray(settings.what) || !settings.recipe || !settings.shape)
    throw new InputError(
      `--resume: ${join(folder, "training.json")} was not written by heed train`,
    );
  return { settings, files, state, film };
}

function parsed<T>(bytes: Uint8Array, folder: string, name: string): T {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as T;
  } catch (cause) {
    throw new InputError(`--resume: ${join(folder, name)} is no JSON`, { cause });
  }
}
