import { basename } from "node:path";
import type { ImageInput } from "../../images/image.ts";
import type { Model } from "../../model.ts";
import type { Run } from "../../models/run.ts";
import { sharedName } from "../../models/short-name.ts";
import { stagePatches } from "../../models/site-tokens.ts";
import type { TextToken } from "../../probe/words.ts";
import { formatFixed } from "../../views/numbers.ts";
import { imagePng } from "../../views/png/image.ts";
import { type ImagePicture, imageSvg } from "../../views/svg/image.ts";
import { mapLines } from "../../views/text/image.ts";
import { wrap } from "../../views/text/layout.ts";
import { paint } from "../../views/text/terminal.ts";
import { figure, figureFacts } from "../figure.ts";
import { underHeading } from "../heading.ts";
import type { ModelOptions } from "../loading.ts";
import { modelJson } from "../model-json.ts";
import type { Format, FormatOptions } from "../options/format.ts";
import { csv, deliver, json } from "../output.ts";
import { type ImageQuery, imageQuery, patchName } from "../pictures/image-report.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { withNotes } from "./notes.ts";

/** What pictures with a number a patch are written as. */
export const patchFormats = ["text", "json", "csv", "svg", "png"] as const;

/** A number for every patch of a picture, and for the tokens before them. */
export interface PatchValues {
  readonly model: Model;
  readonly path: string;
  readonly image: ImageInput;
  /** A run of the picture. */
  readonly run: Run;
  /** Whose patches the numbers are of, where neighbours are merged on the way; the model's own if not given. */
  readonly stage?: number | undefined;
  readonly title: string;
  /** Tokens before the patches. */
  readonly tokens: readonly TextToken[];
  /** A number a token, patches last. */
  readonly numbers: Float64Array;
  /** The patches' numbers as they are drawn. */
  readonly weights: Float64Array;
  /** The token whose numbers they are, if they are one's. */
  readonly query: ImageQuery | undefined;
  /** What JSON and CSV call the numbers. */
  readonly column: string;
  readonly facts: object;
  readonly notes: readonly string[];
}

/** A row of numbers of the token that a picture is asked about, over the patches. */
export interface PatchRow extends Pick<PatchValues, "model" | "path" | "image" | "run" | "stage"> {
  /** What the numbers are of the token with this name. */
  readonly titleOf: (name: string) => string;
  readonly numbersOf: (token: number) => Float64Array | Promise<Float64Array>;
  /** What is drawn of all numbers over so many patches; those of the patches as they are if not given. */
  readonly drawnOf?: (numbers: Float64Array, patches: number) => Float64Array;
  readonly word: string | undefined;
  readonly column: string;
  readonly facts: object;
  readonly notes: readonly string[];
}

/** Writes the numbers of one token of a picture: of the first ([CLS], where there is one) if none is named. */
export async function deliverPatchRow(
  { titleOf, numbersOf, drawnOf, word, facts, path, ...rest }: PatchRow,
  options: ModelOptions & FormatOptions,
  format: Format,
): Promise<void> {
  const { grid, tokens } = stagePatches(rest.run, rest.stage);
  const leading = tokens.slice(0, tokens.length - grid.rows * grid.columns);
  const query = imageQuery(word, leading, grid);
  const numbers = await numbersOf(query.token);
  await deliverPatches(
    {
      ...rest,
      path,
      title: `${basename(path)}: ${titleOf(query.patch === undefined ? query.name : `patch ${query.name}`)}`,
      tokens: leading,
      numbers,
      weights: drawnOf?.(numbers, grid.rows * grid.columns) ?? numbers.slice(leading.length),
      query,
      facts: { ...facts, word: { label: query.name, tokens: [query.token] } },
    },
    options,
    format,
  );
}

/** Writes a picture's numbers in the format asked for: over the picture, or as a list. */
export async function deliverPatches(
  { model, path, image, run, title, tokens, numbers, weights, ...rest }: PatchValues,
  options: ModelOptions & FormatOptions,
  format: Format,
): Promise<void> {
  const { query, column, facts: own, notes, stage } = rest;
  const { grid, side, tokens: all } = stagePatches(run, stage);
  const { rows, columns } = grid;
  const [height, width] = run.inputs.pixels!.shape.slice(2) as [number, number];
  const [patchHeight, patchWidth] = model.images!.patch;
  const picture: ImagePicture = {
    title,
    image,
    rows,
    columns,
    covered: {
      width: (columns * side * patchWidth) / width,
      height: (rows * side * patchHeight) / height,
    },
    weights,
    query:
      query?.patch === undefined
        ? undefined
        : { row: Math.floor(query.patch / columns), column: query.patch % columns },
    others: tokens.map(({ surface: text }, index) => ({ text, weight: numbers[index]! })),
  };
  const object = () => ({
    image: sharedName(path),
    model: modelJson(model, options),
    tokens: all,
    rows,
    columns,
    ...own,
    [column]: numbers,
    patches: weights,
    notes,
  });
  const facts = figureFacts(model, [basename(path)]);
  const content: Partial<Record<Format, () => string | Uint8Array>> = {
    text: () => {
      const terminal = terminalOf(process.stdout);
      const heading = wrap(title, terminal.width).map((one) =>
        paint(one, { strong: true }, terminal),
      );
      const map = mapLines({ rows, columns, weights, queryPatch: query?.patch }, terminal);
      const others =
        tokens.length > 0 &&
        `Not in the map: ${tokens.map(({ surface: text }, index) => `${text} ${formatFixed(numbers[index]!, 3)}`).join(", ")}.`;
      return underHeading(
        facts,
        withNotes([...heading, "", ...map].join("\n"), [...(others ? [others] : []), ...notes]),
      );
    },
    json: () => json(object()),
    csv: () =>
      csv(
        ["query", "query_token", "key", "key_token", column, "row", "column"],
        Array.from(numbers, (value, key) => {
          const patch = key - tokens.length;
          const name = patch < 0 ? tokens[key]!.surface : patchName(patch, columns);
          const place = patch < 0 ? ["", ""] : [Math.floor(patch / columns), patch % columns];
          return [query?.token ?? "", query?.name ?? "", key, name, value, ...place];
        }),
      ),
    svg: () => imageSvg(picture, figure(options, facts, object)),
    png: () => imagePng(picture),
  };
  await deliver(content[format]!(), options, format);
}
