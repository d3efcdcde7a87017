import { basename } from "node:path";
import { bySharpness, patchLook } from "../../analysis/pictures/patch-focus.ts";
import { InputError } from "../../errors/errors.ts";
import { type Dimensions, layerDimensions } from "../../families/family.ts";
import { mergedGrid, type PatchGrid } from "../../families/inputs.ts";
import type { ImageInput } from "../../images/image.ts";
import { readImage } from "../../images/read-image.node.ts";
import type { Model } from "../../model.ts";
import type { Run } from "../../models/run.ts";
import { sharedName } from "../../models/short-name.ts";
import { allHeads, formatHead, type HeadAddress } from "../../probe/head-address.ts";
import { imageGridPng, imagePng } from "../../views/png/image.ts";
import {
  type ImageGridPicture,
  type ImagePicture,
  imageGridSvg,
  imageSvg,
} from "../../views/svg/image.ts";
import { gridText } from "../../views/text/grid.ts";
import { imageText } from "../../views/text/image.ts";
import { figure } from "../figure.ts";
import { endPhase, loadModel, type ModelOptions } from "../loading.ts";
import { modelJson } from "../model-json.ts";
import { headOf } from "../named.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { refuseIdle } from "../options/idle-options.ts";
import { csv, deliver, json } from "../output.ts";
import { summaryOf } from "../picture.ts";
import { imagePageOf } from "../pictures/image-page.ts";
import {
  type ImageLook,
  imageQuery,
  imageReport,
  type LayerLook,
  type LayerPlace,
  othersOf,
  patchName,
  shownWeights,
} from "../pictures/image-report.ts";
import { isRunFormat, runFormats } from "../run-file.ts";
import { printSite } from "../site-output.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { warn } from "../terminal/warnings.ts";

const formats = ["text", "json", "csv", "svg", "png", "html"] as const;
/** Of a picture alone the weights of every head too. */
const wholeFormats = [...formats, ...runFormats] as const;

export interface ImageOptions extends ModelOptions, FormatOptions {
  readonly word?: string;
  readonly head?: string;
  readonly to?: readonly string[];
  readonly near?: boolean;
  readonly site?: string;
  readonly pair?: string;
  /** The head to show alone, in every format. */
  readonly only?: string;
  /** All heads instead of one. */
  readonly isGrid?: boolean;
}

/** `heed PICTURE`, `heed show [L0H2] PICTURE`: what a token of an image looks at, drawn over the image. */
export async function lookAtImage(path: string, options: ImageOptions): Promise<void> {
  if (options.site !== undefined) return printSite(path, { ...options, site: options.site });
  if (options.only === undefined && !options.isGrid && isRunFormat(formatOf(options, wholeFormats)))
    return printSite(path, { ...options, site: "layers.*.weights" });
  const format = formatOf(options, formats);
  const { theme } = options;
  refuseIdle("picture", { ...options, format });
  const image = await readImage(path);
  const model = await loadModel(options, "images");
  const run = await model.run(image, {
    read: ["layers.*.weights"],
    output: false,
    onWarning: warn,
  });
  endPhase("run");
  const look = lookOf(model, run, image, { ...options, name: basename(path) });
  const object = () => lookJson(model, run, path, look, options);
  const facts = {
    texts: [basename(path)],
    model: look.model.name,
    ...(!options.isGrid && { of: formatHead(look.shown) }),
  };
  const drawing = () => figure(options, facts, object);
  const content = {
    text: () => (options.isGrid ? headsText(look) : imageText(imageReport(look), terminal())),
    json: () => json(object()),
    csv: () => lookCsv(look, options.only === undefined ? look.looks : [look.shown]),
    svg: () =>
      options.isGrid
        ? imageGridSvg(gridPicture(look, model.dimensions), drawing())
        : imageSvg(headPicture(look), drawing()),
    png: () =>
      options.isGrid
        ? imageGridPng(gridPicture(look, model.dimensions))
        : imagePng(headPicture(look)),
    html: () => imagePageOf(model, run, look, theme),
  }[format];
  await deliver(content(), options, format);
}

const terminal = () => terminalOf(process.stdout);

function lookOf(
  model: Model,
  run: Run,
  image: ImageInput,
  { word, only, head = only, name }: ImageOptions & { name: string },
): ImageLook {
  const { grid: patches, pixels } = run.inputs;
  const { images } = model;
  if (!patches || !pixels || !images)
    throw new InputError(
      `${model.label} reads texts, not images. Images are for models such as vit`,
    );
  const { rows, columns } = patches;
  const [height, width] = pixels.shape.slice(2) as [number, number];
  const [patchHeight, patchWidth] = images.patch;
  const tokens = run.tokens[0]!;
  const leading = tokens.slice(0, tokens.length - rows * columns);
  const hasWindows = images.window !== undefined;
  // Where no token stands for the whole picture, the middle of it says more than a corner.
  const middle = Math.floor(rows / 2) * columns + Math.floor(columns / 2);
  const query = imageQuery(word, leading, patches, hasWindows ? middle : 0);
  const covered = (of: PatchGrid, times: number) => ({
    width: (of.columns * patchWidth * 2 ** times) / width,
    height: (of.rows * patchHeight * 2 ** times) / height,
  });
  const placeIn = (layer: number): LayerPlace => {
    const times = images.merged?.[layer] ?? 0;
    const own = mergedGrid(patches, times);
    const grid = { ...own, covered: covered(own, times), merged: times };
    if (times === 0 || query.patch === undefined) return { grid, query };
    const row = Math.floor(query.patch / columns / 2 ** times);
    const column = Math.floor((query.patch % columns) / 2 ** times);
    const patch = row * own.columns + column;
    const name = patchName(patch, own.columns);
    return { grid, query: { token: leading.length + patch, name, patch } };
  };
  const places = Array.from({ length: model.dimensions.layers }, (_, layer) => placeIn(layer));
  const looks = allHeads(model.dimensions).map((address) => {
    const place = places[address.layer]!;
    const { layer, head } = address;
    const row = run.trace.row(`layers.${layer}.weights`, { head, query: place.query.token }).data; // (S)
    const patchCount = place.grid.rows * place.grid.columns;
    // Behind the patches stands what filled up the windows.
    const own = row.subarray(0, leading.length + patchCount);
    return { ...patchLook(address, own, patchCount, hasWindows), place };
  });
  const named = head === undefined ? undefined : headOf(model, head);
  return {
    name,
    image,
    seen: [height, width],
    model: summaryOf(model, run),
    grid: {
      rows,
      columns,
      covered: covered(patches, 0),
    },
    leading,
    query,
    looks,
    shown: named ? lookIn(looks, named) : bySharpness(looks)[0]!,
    isNamed: named !== undefined,
    hasWindows,
  };
}

function lookIn(looks: readonly LayerLook[], { layer, head }: HeadAddress): LayerLook {
  return looks.find((look) => look.layer === layer && look.head === head)!;
}

function headPicture(look: ImageLook): ImagePicture {
  const { name, image, shown } = look;
  return {
    ...shown.place.grid,
    title: `${name}: what ${tokenName(shown.place)} looks at in ${formatHead(shown)} (layer ${shown.layer}, head ${shown.head})`,
    image,
    weights: shownWeights(look),
    query: queryPlace(shown.place),
    others: othersOf(look),
  };
}

function gridPicture(look: ImageLook, dimensions: Dimensions): ImageGridPicture {
  const { name, image, grid, looks, shown, model } = look;
  return {
    ...grid,
    title: `${name}: what ${tokenName(look)} looks at in every head`,
    image,
    layers: model.layers,
    heads: model.heads,
    isThere: ({ layer, head }) => head < layerDimensions(dimensions, layer).heads,
    weightsOf: (address) => spread(lookIn(looks, address), grid),
    query: queryPlace(look),
    focus: shown,
  };
}

/** A head's weights on the first layer's grid: a patch shows what the token it is merged into gets. */
function spread({ weights, place }: LayerLook, { rows, columns }: PatchGrid): Float32Array {
  const { grid } = place;
  const { merged } = grid;
  if (merged === 0) return weights;
  return Float32Array.from({ length: rows * columns }, (_, patch) => {
    const row = Math.floor(patch / columns) >> merged;
    return weights[row * grid.columns + ((patch % columns) >> merged)]!;
  });
}

function queryPlace({ query: { patch }, grid: { columns } }: Pick<ImageLook, "query" | "grid">) {
  return patch === undefined
    ? undefined
    : { row: Math.floor(patch / columns), column: patch % columns };
}

function tokenName({ query: { name, patch } }: Pick<LayerPlace, "query">): string {
  return patch === undefined ? name : `patch ${name}`;
}

/** One number a head: how sharply it looks. */
function headsText(look: ImageLook): string {
  const { looks, model, shown } = look;
  const values = new Float32Array(model.layers * model.heads).fill(Number.NaN);
  for (const { layer, head, sharpness } of looks) values[layer * model.heads + head] = sharpness;
  return gridText(
    {
      title: `${look.name}: how sharply ${tokenName(look)} looks at few patches (0: at all alike, 1: at one only)`,
      layers: model.layers,
      heads: model.heads,
      values,
      focus: shown,
    },
    terminal(),
  );
}

function lookJson(
  model: Model,
  run: Run,
  path: string,
  look: ImageLook,
  options: ModelOptions,
): object {
  const { image, seen, grid, query, looks, shown } = look;
  const { images } = model;
  return {
    image: sharedName(path),
    width: image.width,
    height: image.height,
    seen: { width: seen[1], height: seen[0] },
    model: { ...modelJson(model, options), tokens: look.model.tokens },
    tokens: run.tokens[0],
    rows: grid.rows,
    columns: grid.columns,
    covered: grid.covered,
    word: { label: query.name, tokens: [query.token], ...query },
    head: formatHead(shown),
    heads: bySharpness(looks).map((head) => ({
      head: formatHead(head),
      ...(images?.merged && {
        rows: head.place.grid.rows,
        columns: head.place.grid.columns,
        word: head.place.query.name,
      }),
      sharpness: head.sharpness,
      strongest: {
        patch: patchName(head.strongest, head.place.grid.columns),
        weight: head.weights[head.strongest],
      },
      onPatches: head.onPatches,
      others: Object.fromEntries(othersOf(look, head).map(({ text, weight }) => [text, weight])),
      weights: head.weights,
    })),
  };
}

/** The weights of these heads from the token: a row a key. */
function lookCsv({ leading }: ImageLook, looks: readonly LayerLook[]): string {
  function* rows(): Generator<(string | number)[]> {
    for (const { layer, head, weights, others, place } of looks) {
      const { query, grid } = place;
      const { columns } = grid;
      for (const [key, weight] of others.entries())
        yield [layer, head, query.token, query.name, key, leading[key]!.surface, "", "", weight];
      for (const [patch, weight] of weights.entries()) {
        const key = leading.length + patch;
        const [row, column] = [Math.floor(patch / columns), patch % columns];
        const name = patchName(patch, columns);
        yield [layer, head, query.token, query.name, key, name, row, column, weight];
      }
    }
  }
  const header = "layer,head,query,query_token,key,key_token,row,column,weight";
  return csv(header.split(","), rows());
}
