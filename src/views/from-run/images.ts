import { InputError } from "../../errors/errors.ts";
import { expectKeys } from "../../errors/options.ts";
import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import type { ImageGrid, ImagePixels } from "../image-heat.ts";
import { formatNumber } from "../numbers.ts";
import { type ImageGridPicture, type ImagePicture, imageGridSvg, imageSvg } from "../svg/image.ts";
import { gridText } from "../text/grid.ts";
import { mapLines } from "../text/image.ts";
import { wrap } from "../text/layout.ts";
import type { Terminal } from "../text/terminal.ts";
import {
  attentionOf,
  headNamed,
  type PicturedRun,
  type RunAttention,
  type RunPictureOptions,
  runPictureOptions,
} from "./run.ts";
import { type ShownPicture, shown } from "./shown.ts";

/** What is drawn of a run over an image. */
export interface RunImageOptions extends RunPictureOptions {
  /** The token that looks: "[CLS]", a patch as "row,column", or a token's number; the first one when left out. */
  readonly query?: string | number;
  /** What the image is called. */
  readonly name?: string;
}

/** What one token of an image looks at in one head: `imagePicture(run, image, "L5H3").svg()`, of the image that was run. */
export function imagePicture(
  run: PicturedRun,
  image: ImagePixels,
  head: string | HeadAddress,
  options: RunImageOptions = {},
): ImagePicture & ShownPicture {
  expectKeys(options, { ...runPictureOptions, query: true, name: true }, "imagePicture");
  const { query, name = "image", ...rest } = options;
  const attention = attentionOf(run, "imagePicture", rest);
  const address = headNamed(head, attention, "imagePicture");
  const looking = queryOf(run, attention, query, "imagePicture");
  const row = attention.row(address, [looking.token]);
  const picture: ImagePicture = {
    ...looking.grid,
    title: `${name}: what ${looking.name} looks at in ${formatHead(address)} (layer ${address.layer}, head ${address.head})`,
    image,
    weights: row.subarray(looking.leading.length),
    query: looking.place,
    others: looking.leading.map((text, token) => ({ text, weight: row[token]! })),
  };
  return shown(picture, imageSvg, mapText);
}

/** What one token of an image looks at in every head: `imageGridPicture(run, image).svg()`. Weights of all layers must have been read. */
export function imageGridPicture(
  run: PicturedRun,
  image: ImagePixels,
  options: RunImageOptions & { readonly focus?: string | HeadAddress } = {},
): ImageGridPicture & ShownPicture {
  expectKeys(
    options,
    { ...runPictureOptions, query: true, name: true, focus: true },
    "imageGridPicture",
  );
  const { query, name = "image", focus, ...rest } = options;
  const attention = attentionOf(run, "imageGridPicture", rest);
  const { layers, heads } = attention;
  const looking = queryOf(run, attention, query, "imageGridPicture");
  const weightsOf = (head: HeadAddress) =>
    attention.row(head, [looking.token]).subarray(looking.leading.length);
  const picture: ImageGridPicture = {
    ...looking.grid,
    title: `${name}: what ${looking.name} looks at in every head`,
    image,
    layers,
    heads,
    weightsOf,
    query: looking.place,
    focus: focus === undefined ? undefined : headNamed(focus, attention, "imageGridPicture"),
  };
  return shown(picture, imageGridSvg, (own, terminal) =>
    gridText(
      {
        title: `${own.title}: how much patches get together`,
        layers,
        heads,
        values: Float32Array.from({ length: layers * heads }, (_, index) =>
          weightsOf({ layer: Math.floor(index / heads), head: index % heads }).reduce(
            (sum, weight) => sum + weight,
            0,
          ),
        ),
        focus: own.focus,
      },
      terminal,
    ),
  );
}

/** The token that looks, and how the image was cut. */
interface Looking {
  readonly token: number;
  readonly name: string;
  readonly place: ImagePicture["query"];
  /** Tokens before the patches, by name. */
  readonly leading: readonly string[];
  readonly grid: Required<ImageGrid>;
}

function queryOf(
  { inputs, madeBy }: PicturedRun,
  { queryTokens }: RunAttention,
  query: string | number = 0,
  place: string,
): Looking {
  const { grid, pixels } = inputs ?? {};
  if (!grid || !pixels)
    throw new InputError(
      `${place}: the run is of a text, not of an image. headPicture and sentencePicture draw texts`,
    );
  const { rows, columns } = grid;
  const leading = queryTokens.slice(0, queryTokens.length - rows * columns);
  const names = leading.map(({ surface }) => surface);
  const [, row, column] = /^(\d+),(\d+)$/.exec(String(query)) ?? [];
  const named = names.indexOf(String(query));
  const isPatch = row !== undefined && Number(row) < rows && Number(column) < columns;
  const patch = isPatch ? leading.length + Number(row) * columns + Number(column) : -1;
  const token = named >= 0 ? named : isPatch ? patch : Number(query);
  if (!(Number.isInteger(token) && token >= 0 && token < queryTokens.length))
    throw new InputError(
      `${place}: no token "${query}": there are ${[...names, `patches 0,0 to ${rows - 1},${columns - 1}`].join(" and ")} (row,column)`,
    );
  const own = token - leading.length;
  const at = own < 0 ? undefined : { row: Math.floor(own / columns), column: own % columns };
  const [height, width] = pixels.shape.slice(-2) as [number, number];
  const [patchHeight, patchWidth] = madeBy?.patch ?? [height / rows, width / columns];
  return {
    token,
    name: at ? `patch ${at.row},${at.column}` : names[token]!,
    place: at,
    leading: names,
    grid: {
      rows,
      columns,
      covered: { width: (columns * patchWidth) / width, height: (rows * patchHeight) / height },
    },
  };
}

/** The patches as a shaded map, under the title. */
function mapText(picture: ImagePicture, terminal: Terminal): string {
  const { title, columns, query, others = [] } = picture;
  const queryPatch = query && query.row * columns + query.column;
  const rest = others.map(({ text, weight }) => `${text} ${formatNumber(weight)}`);
  return [
    ...wrap(title, terminal.width),
    ...mapLines({ ...picture, queryPatch }, terminal),
    ...rest,
    "",
  ].join("\n");
}
