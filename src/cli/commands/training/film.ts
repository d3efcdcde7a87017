import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseJson } from "../../../checkpoint/json/strict-json.ts";
import { InputError } from "../../../errors/errors.ts";
import { visible } from "../../../errors/visible.ts";
import { type EmbeddedModel, embeddedModel } from "../../../load.node.ts";
import type { Film } from "../../../training/film/film.ts";
import { readFilm } from "../../../training/film/read-film.ts";
import { type FormatOptions, formatOf } from "../../options/format.ts";
import { refuseIdle } from "../../options/idle-options.ts";
import { deliver } from "../../output.ts";
import { drawnFilm, filmFormats, headLines, modelText } from "./drawn-film.ts";

const withFilm: EmbeddedModel = "heed-stories";

/** `heed film FOLDER`: a training that was filmed: what its heads came to, or the film as a page, a strip or data. */
export async function film(given: string | undefined, options: FormatOptions): Promise<void> {
  const format = formatOf(options, ["text", ...filmFormats] as const);
  refuseIdle("film", { ...options, format });
  const found = await filmAt(given);
  const content = format === "text" ? filmText(found) : await drawnFilm(found, format, options);
  await deliver(content, options, format);
}

/** The film of a folder or a file; of the model that heed itself trained, where none is named. Throws InputError for what is none. */
async function filmAt(given: string | undefined): Promise<Film> {
  const isEmbedded = given === undefined || (given === withFilm && !existsSync(given));
  const place = isEmbedded ? embeddedModel(withFilm) : given;
  if (!existsSync(place)) throw new InputError(`film ${place}: there is no such folder or file`);
  const file = statSync(place).isDirectory() ? join(place, "film.json") : place;
  if (!existsSync(file))
    throw new InputError(
      `film ${place}: there is no film.json in it. heed train … --out ${place} keeps one beside what it trains`,
    );
  return readFilm(parseJson(await readFile(file, "utf8"), file), file);
}

function filmText(film: Film): string {
  const { title, model, frames, steps, seed, chance, guess } = film;
  const last = frames.at(-1)!;
  const guessing = chance === undefined ? "" : `; guessing ${guess}: ${chance.toFixed(3)}`;
  const lines = [
    title,
    "",
    `model     ${modelText(model)}; ${steps.toLocaleString("en-US")} steps from seed ${seed}`,
    `held out  ${last.accuracy.toFixed(3)} right${guessing}; loss ${last.loss.toFixed(3)} nats`,
    ...headLines(film).map((text, n) => `${n ? "         " : "heads    "} ${text}`),
    "",
    "   step    loss  right",
    ...frames.map(
      ({ step, loss, accuracy }) =>
        `${String(step).padStart(7)} ${loss.toFixed(3).padStart(7)} ${accuracy.toFixed(3).padStart(6)}`,
    ),
  ];
  return visible(`${lines.join("\n")}\n`);
}
