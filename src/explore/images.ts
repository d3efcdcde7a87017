import { InputError } from "../errors/errors.ts";
import type { KeysOf } from "../errors/options.ts";
import { mergedGrid } from "../families/inputs.ts";
import type { ImageInput } from "../images/image.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { Run } from "../models/run.ts";
import type { SeenPicture } from "./questions.ts";

/** What opens pictures for an explorer. */
export interface ImageOptions {
  /** Opens the pictures that are asked about by name, and were not handed over. */
  readonly openImage?: (file: string) => Promise<ImageInput>;
  /** Decodes the files that are handed over: `readImage` of heed. */
  readonly readImage?: (bytes: Uint8Array, name: string) => Promise<ImageInput>;
}

/** Keys of ImageOptions. */
export const imageOptions: KeysOf<ImageOptions> = { openImage: true, readImage: true };

/** Pictures that are held at once. */
const mostImages = 4;

/** Pictures by name: those that were handed over, and those that are opened here. */
export class Images {
  readonly #options: ImageOptions;
  readonly #kept = new Map<string, ImageInput>();

  constructor(options: ImageOptions) {
    this.#options = options;
  }

  /** Decodes a file and keeps it under a name; the oldest of more than four goes. Throws InputError for what is no picture. */
  async keep(name: string, bytes: Uint8Array): Promise<void> {
    const { readImage } = this.#options;
    if (!readImage)
      throw new InputError(`${name}: nothing reads pictures here. Give the explorer readImage`);
    const image = await readImage(bytes, name);
    this.#kept.delete(name);
    this.#kept.set(name, image);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostImages) this.#kept.delete(oldest!);
  }

  /** The picture of a name. Throws InputError where there is none. */
  readonly open = async (name: string): Promise<ImageInput> => {
    const { openImage } = this.#options;
    const kept = this.#kept.get(name);
    if (kept) return kept;
    if (openImage) return openImage(name);
    throw new InputError(`${name}: this picture is not here. Hand it over by keepImage`);
  };
}

/** How the patches of a run's picture lie on it; undefined of a text. */
export function seenPicture({ images }: LoadedModel, run: Run): SeenPicture | undefined {
  const { grid, pixels } = run.inputs;
  if (!grid || !pixels || !images) return undefined;
  const [height, width] = pixels.shape.slice(2) as [number, number];
  const [patchHeight, patchWidth] = images.patch;
  const { rows, columns } = grid;
  const gridAfter = (merged: number) => {
    const own = mergedGrid(grid, merged);
    const covered = {
      width: (own.columns * patchWidth * 2 ** merged) / width,
      height: (own.rows * patchHeight * 2 ** merged) / height,
    };
    return { rows: own.rows, columns: own.columns, covered };
  };
  // Behind the layers' stands what follows the last.
  const ofLayers = images.merged?.slice(0, -1).map((merged) => ({ ...gridAfter(merged), merged }));
  return {
    ...gridAfter(0),
    leading: run.tokens[0]!.length - rows * columns,
    ...(ofLayers && { ofLayers }),
  };
}
