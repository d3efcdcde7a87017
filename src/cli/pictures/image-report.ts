import {
  bySharpness,
  isMostlyOnPatches,
  type PatchLook,
} from "../../analysis/pictures/patch-focus.ts";
import { InputError } from "../../errors/errors.ts";
import type { PatchGrid } from "../../families/inputs.ts";
import type { ImageInput } from "../../images/image.ts";
import { formatHead } from "../../probe/head-address.ts";
import type { TextToken } from "../../probe/words.ts";
import type { ImageGrid } from "../../views/image-heat.ts";
import { formatNumber } from "../../views/numbers.ts";
import type { ModelSummary } from "../../views/text/focus.ts";
import type { ImageReport } from "../../views/text/image.ts";

/** What a token of an image looks at, in every head. */
export interface ImageLook {
  /** The image's file name. */
  readonly name: string;
  readonly image: ImageInput;
  /** Height and width the model sees it at, in pixels. */
  readonly seen: readonly [height: number, width: number];
  readonly model: ModelSummary;
  readonly grid: PatchGrid & Required<Pick<ImageGrid, "covered">>;
  /** Tokens before the patches. */
  readonly leading: readonly TextToken[];
  readonly query: ImageQuery;
  /** Layer by layer, head by head. */
  readonly looks: readonly LayerLook[];
  readonly shown: LayerLook;
  /** Whether a token sees those of its window only. */
  readonly hasWindows: boolean;
  /** Whether `shown` was named, not chosen. */
  readonly isNamed: boolean;
}

/** How a layer's tokens lie on the image, and which of them looks. */
export interface LayerPlace {
  readonly grid: ImageLook["grid"] & { readonly merged: number };
  readonly query: ImageQuery;
}

/** A head, and the grid that its layer has: where neighbours are merged, a coarser one than the first layer's. */
export type LayerLook = PatchLook & { readonly place: LayerPlace };

/** The token that looks. */
export interface ImageQuery {
  readonly token: number;
  /** "[CLS]", or a patch: "3,5". */
  readonly name: string;
  /** Counted row by row; left out when it is no patch. */
  readonly patch?: number;
}

/** The token `--word` names: "[CLS]", a patch as row,column, or a token's number; `start` when left out. */
export function imageQuery(
  word: string | undefined,
  leading: readonly TextToken[],
  { rows, columns }: PatchGrid,
  start = 0,
): ImageQuery {
  const queryAt = (token: number): ImageQuery => {
    const patch = token - leading.length;
    return patch < 0
      ? { token, name: leading[token]!.surface }
      : { token, name: patchName(patch, columns), patch };
  };
  if (word === undefined) return queryAt(start);
  const plain = (text: string) => text.replace(/[[\]\s]/g, "").toLowerCase();
  const named = leading.findIndex(({ surface }) => plain(surface) === plain(word));
  if (named >= 0) return queryAt(named);
  const [, row, column] = /^\s*(\d+)\s*,\s*(\d+)\s*$/.exec(word) ?? [];
  if (row !== undefined && Number(row) < rows && Number(column) < columns)
    return queryAt(leading.length + Number(row) * columns + Number(column));
  if (/^\d+$/.test(word) && Number(word) < leading.length + rows * columns)
    return queryAt(Number(word));
  const names = leading.map(({ surface }) => surface);
  throw new InputError(
    `--word ${word}: a picture's tokens are ${[...names, `patches 0,0 to ${rows - 1},${columns - 1}`].join(" and ")} (row,column)`,
  );
}

/** "3,5" for the patch in row 3, column 5. */
export function patchName(patch: number, columns: number): string {
  return `${Math.floor(patch / columns)},${patch % columns}`;
}

/** What the patches get in the head that is shown; NaN out of its window, where no head of its layer gives anything. */
export function shownWeights({ hasWindows, looks, shown }: ImageLook): Float32Array {
  if (!hasWindows) return shown.weights;
  const layer = looks.filter((look) => look.layer === shown.layer);
  return shown.weights.map((weight, patch) =>
    layer.every(({ weights }) => weights[patch] === 0) ? Number.NaN : weight,
  );
}

/** What the tokens before the patches get, by name. */
export function othersOf({ leading, shown }: ImageLook, look: PatchLook = shown) {
  return leading.map(({ surface }, index) => ({ text: surface, weight: look.others[index]! }));
}

const headsListed = 6;

/** All that is printed about one token of a picture. */
export function imageReport(look: ImageLook): ImageReport {
  const { name, image, seen, model, looks, shown } = look;
  const { rows, columns } = shown.place.grid;
  const sharpest = bySharpness(looks).filter((other) => other !== shown);
  const listed = [shown, ...sharpest].slice(0, headsListed);
  return {
    image: `${name}: ${image.width} x ${image.height} pixels, seen as ${seen[1]} x ${seen[0]}, in ${look.grid.rows} rows and ${look.grid.columns} columns of patches`,
    model,
    layer: shown.layer,
    head: shown.head,
    query: shown.place.query.name,
    queryPatch: shown.place.query.patch,
    rows,
    columns,
    weights: shownWeights(look),
    others: othersOf(look),
    heads: listed.map(({ layer, head, weights, onPatches, sharpness, strongest, place }) => ({
      layer,
      head,
      strongest: patchName(strongest, place.grid.columns),
      weight: weights[strongest]!,
      onPatches,
      sharpness,
    })),
    notes: [
      choiceNote(look),
      ...restNotes(look),
      ...coverNotes(look),
      ...windowNotes(look),
      namesNote(look),
    ],
    more: [
      shown.strongest === shown.place.query.patch
        ? "--word 0,0"
        : `--word ${patchName(shown.strongest, columns)}`,
      ...sharpest.slice(0, 1).map((other) => `--head ${formatHead(other)}`),
      "--format html --open",
    ],
  };
}

function choiceNote({ looks, shown, isNamed }: ImageLook): string {
  if (isNamed) return `${formatHead(shown)} is the head asked for; the others are the sharpest.`;
  if (!looks.some(isMostlyOnPatches))
    return `No head gives the patches half of its weight; ${formatHead(shown)} looks most sharply at few of them.`;
  return `${formatHead(shown)} looks most sharply at few patches, of the heads that give patches at least half of their weight.`;
}

/** How much stays with tokens that are no patches. */
function restNotes({ leading, looks, query }: ImageLook): string[] {
  return leading.map(({ surface }, index) => {
    const mean = looks.reduce((sum, { others }) => sum + others[index]!, 0) / looks.length;
    const most = looks.reduce((a, b) => (b.others[index]! > a.others[index]! ? b : a));
    const itself = index === query.token ? " itself" : "";
    return `${surface}${itself}, which the map leaves out, gets ${formatNumber(mean, 2)} on average over all heads, most in ${formatHead(most)}: ${formatNumber(most.others[index]!, 2)}.`;
  });
}

function coverNotes({ grid: { covered } }: ImageLook): string[] {
  if (covered.width >= 1 && covered.height >= 1) return [];
  const percent = (share: number) => `${formatNumber(100 * share, 3)} %`;
  return [
    `Patches cover ${percent(covered.width)} of the picture's width and ${percent(covered.height)} of its height; the model does not see the rest.`,
  ];
}

/** What a head's layer makes of the image, where that is not the first layer's grid. */
function windowNotes({ hasWindows, shown, grid: first }: ImageLook): string[] {
  if (!hasWindows) return [];
  const { grid, query } = shown.place;
  const isMerged = grid.rows !== first.rows || grid.columns !== first.columns;
  return [
    "A token sees those of its window; all others get 0.",
    ...(isMerged
      ? [
          `Neighbours are merged before layer ${shown.layer}: it has ${grid.rows} rows and ${grid.columns} columns, and looks from its ${query.name}.`,
        ]
      : []),
  ];
}

function namesNote({ hasWindows, grid: { rows, columns } }: ImageLook): string {
  const all = hasWindows ? "all it sees" : `all ${rows * columns}`;
  return `Patches are named row,column, from 0,0 at the top left. Sharpness is 0 when ${all} get alike, 1 when one gets all.`;
}
