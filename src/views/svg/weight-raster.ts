import { type PaletteImage, pngAddress } from "../png/png.ts";
import { colorAt, type Theme } from "../scale.ts";
import { colorStep, colorSteps } from "./frame.ts";

/** A matrix of weights to be drawn a pixel a weight. */
export interface Raster {
  /** (rows, columns) row-major, 0 to 1; NaN is transparent. */
  readonly weights: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
}

/** One image of a picture for each theme: CSS shows the one that fits. */
export interface ThemedImage {
  readonly theme: Theme;
  /** A data: address of a PNG. */
  readonly address: string;
}

const transparent = colorSteps + 1;

/** Colour steps of the weights, at most `most` pixels a side: a smaller pixel shows the largest weight under it. */
export function rasterSteps({ weights, rows, columns }: Raster, most: number): PaletteSteps {
  const height = Math.min(rows, most);
  const width = Math.min(columns, most);
  const steps = new Uint8Array(height * width).fill(transparent);
  for (let row = 0; row < rows; row++) {
    const y = Math.floor((row * height) / rows) * width;
    for (let column = 0; column < columns; column++) {
      const weight = weights[row * columns + column]!;
      if (Number.isNaN(weight)) continue;
      const pixel = y + Math.floor((column * width) / columns);
      const step = colorStep(weight);
      if (steps[pixel] === transparent || step > steps[pixel]!) steps[pixel] = step;
    }
  }
  return { width, height, steps };
}

/** Pixels as steps of the colour scale. */
export interface PaletteSteps {
  readonly width: number;
  readonly height: number;
  readonly steps: Uint8Array;
}

/** The pixels in the colours of a theme, or of both. */
export function themedImages(
  { width, height, steps }: PaletteSteps,
  theme: Theme | "auto" = "auto",
): ThemedImage[] {
  const themes = theme === "auto" ? (["light", "dark"] as const) : [theme];
  return themes.map((theme) => {
    const palette = Array.from({ length: transparent }, (_, step) =>
      colorAt(step / colorSteps, theme),
    );
    const image: PaletteImage = { width, height, palette, pixels: steps };
    return { theme, address: pngAddress(image) };
  });
}
