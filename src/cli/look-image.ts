import { basename } from "node:path";
import { bySharpness, type PatchLook, patchLook } from "../analysis/patch-focus.ts";
import { allHeads } from "../analysis/word-weights.ts";
import { findWord, formatHead } from "../attention/address.ts";
import { InputError } from "../errors.ts";
import type { Model } from "../models/model.ts";
import type { Run } from "../models/run.ts";
import type { ImageInput } from "../tokens/image.ts";
import { imagePage } from "../views/image-page.ts";
import { imagePng } from "../views/image-png.ts";
import { type ImagePicture, imageSvg } from "../views/image-svg.ts";
import { type ImageReport, imageText } from "../views/image-text.ts";
import { endPhase, warn } from "./loading.ts";
import { headOf } from "./look.ts";
import { csv, deliver, formatOf, json, type OutputOptions } from "./output.ts";
import { summaryOf } from "./picture.ts";
import { terminalOf } from "./terminal.ts";

const formats = ["text", "json", "csv", "svg", "png", "html"] as const;
const headsShown = 6;

export interface ImageOptions extends OutputOptions {
  readonly word?: string;
  readonly head?: string;
}

/** `heed PICTURE --model …`: what a token of an image looks at, drawn over the image. */
export async function lookAtImage(
  model: Model,
  image: ImageInput,
  name: string,
  options: ImageOptions,
): Promise<void> {
  const format = formatOf(options, formats);
  const run = await model.run(image, {
    read: ["layers.*.weights"],
    output: false,
    onWarning: warn,
  });
  endPhase("run");
  const { grid } = run.inputs;
  if (!grid) throw new InputError(`${model.label} gives no grid of patches for an image`);
  const query = queryOf(run, options.word);
  const patches = grid.rows * grid.columns;
  const looks = allHeads(model.dimensions).map((head) => {
    const row = run.trace
      .get(`layers.${head.layer}.weights`)
      .select(0, head.head, query.token).data;
    return patchLook(head, row, patches);
  });
  const ranked = bySharpness(looks);
  const wanted = options.head === undefined ? undefined : headOf(model, options.head);
  const shown = wanted
    ? looks.find(({ layer, head }) => layer === wanted.layer && head === wanted.head)!
    : ranked[0]!;
  const title = `"${query.name}" of ${basename(name)} in ${formatHead(shown)} (layer ${shown.layer}, head ${shown.head})`;
  const picture = pictureOf(model, run, image, {
    title,
    look: shown,
    patch: query.token - (run.tokens[0]!.length - patches),
  });
  const content = {
    text: () =>
      imageText(
        reportOf(model, run, name, { query: query.name, shown, ranked }),
        terminalOf(process.stdout),
      ),
    json: () =>
      json({
        image: name,
        query: query.name,
        rows: grid.rows,
        columns: grid.columns,
        shown: formatHead(shown),
        heads: ranked.map(({ layer, head, ...look }) => ({
          head: formatHead({ layer, head }),
          ...look,
        })),
      }),
    csv: () =>
      csv(
        ["layer", "head", "row", "column", "weight"],
        looks.flatMap(({ layer, head, weights }) =>
          Array.from(weights, (weight, patch) => [
            layer,
            head,
            Math.floor(patch / grid.columns),
            patch % grid.columns,
            weight,
          ]),
        ),
      ),
    svg: () => imageSvg(picture),
    png: () => imagePng(picture),
    html: () =>
      imagePage({
        title,
        model: summaryOf(model, run),
        head: picture,
        grid: {
          ...picture,
          title: `All heads: what "${query.name}" looks at`,
          layers: model.dimensions.layers,
          heads: model.dimensions.heads,
          weightsOf: ({ layer, head }) => looks[layer * model.dimensions.heads + head]!.weights,
          focus: shown,
        },
      }),
  }[format];
  await deliver(content(), { ...options, format });
}

/** The token that looks: the class token unless a patch is named, "3,5" for row 3, column 5. */
function queryOf(run: Run, word: string | undefined): { token: number; name: string } {
  const tokens = run.tokens[0]!;
  if (word === undefined) return { token: 0, name: tokens[0]!.surface };
  const [token] = findWord(word, tokens, "--word").tokens;
  return { token: token!, name: tokens[token!]!.surface };
}

function pictureOf(
  model: Model,
  run: Run,
  image: ImageInput,
  { title, look, patch }: { title: string; look: PatchLook; patch: number },
): ImagePicture {
  const { rows, columns } = run.inputs.grid!;
  const [, , height, width] = run.inputs.pixels!.shape as readonly [number, number, number, number];
  const [patchHeight, patchWidth] = model.images!.patch;
  const others = run.tokens[0]!.slice(0, run.tokens[0]!.length - rows * columns).map(
    ({ surface }) => ({ text: surface, weight: 1 - look.onPatches }),
  );
  return {
    title,
    image,
    rows,
    columns,
    covered: { width: (columns * patchWidth) / width, height: (rows * patchHeight) / height },
    weights: look.weights,
    query: patch < 0 ? undefined : { row: Math.floor(patch / columns), column: patch % columns },
    others: others.length === 1 ? others : [],
  };
}

function reportOf(
  model: Model,
  run: Run,
  image: string,
  { query, shown, ranked }: { query: string; shown: PatchLook; ranked: readonly PatchLook[] },
): ImageReport {
  const { rows, columns } = run.inputs.grid!;
  const listed = [shown, ...ranked.filter((look) => look !== shown)].slice(0, headsShown);
  return {
    image,
    model: summaryOf(model, run),
    layer: shown.layer,
    head: shown.head,
    query,
    rows,
    columns,
    weights: shown.weights,
    heads: listed.map(({ layer, head, weights, onPatches, sharpness, strongest }) => ({
      layer,
      head,
      strongest: `${Math.floor(strongest / columns)},${strongest % columns}`,
      weight: weights[strongest]!,
      onPatches,
      sharpness,
    })),
    notes: [
      `Patches are named row,column from 0; the map's darkest patch has the largest weight. Sharpness is 0 when all ${rows * columns} patches get alike and 1 when one gets all. Heads are ordered by it, those that give patches at least half of their weight first.`,
    ],
  };
}
