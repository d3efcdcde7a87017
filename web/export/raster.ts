/** How a picture is made of pixels. */
export interface RasterOptions {
  /** Pixels of the picture for each of its own. */
  readonly scale: number;
  readonly isTransparent: boolean;
  /** "wide" stands in the middle of 16:9, as slides do. */
  readonly shape: "fit" | "wide";
}

/** Browsers refuse larger canvases. */
const mostPixels = 64_000_000;

/** The size of a picture in pixels, and where it stands in it. */
export function rasterSize(
  { width, height }: { readonly width: number; readonly height: number },
  { scale, shape }: Pick<RasterOptions, "scale" | "shape">,
): {
  readonly width: number;
  readonly height: number;
  readonly x: number;
  readonly y: number;
  readonly scale: number;
} {
  const outer =
    shape === "fit"
      ? { width, height }
      : {
          width: Math.max(width, (height * 16) / 9),
          height: Math.max(height, (width * 9) / 16),
        };
  const most = Math.sqrt(mostPixels / (outer.width * outer.height));
  const used = Math.min(scale, most);
  return {
    width: Math.round(outer.width * used),
    height: Math.round(outer.height * used),
    x: ((outer.width - width) / 2) * used,
    y: ((outer.height - height) / 2) * used,
    scale: used,
  };
}

/** An SVG of heed/views as PNG. Throws Error where the browser cannot draw it. */
export async function rasterOf(svg: string, options: RasterOptions): Promise<Blob> {
  // The ground is the first thing that is drawn.
  const [ground] = /<rect[^>]*\/>/.exec(svg) ?? [];
  const drawn = options.isTransparent && ground !== undefined ? svg.replace(ground, "") : svg;
  const address = URL.createObjectURL(new Blob([drawn], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const { width, height, x, y, scale } = rasterSize(
      { width: image.naturalWidth, height: image.naturalHeight },
      options,
    );
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d")!;
    const fill = /fill="(#[\da-f]{3,8})"/i.exec(ground ?? "")?.[1];
    if (!options.isTransparent && fill !== undefined) {
      context.fillStyle = fill;
      context.fillRect(0, 0, width, height);
    }
    context.drawImage(image, x, y, image.naturalWidth * scale, image.naturalHeight * scale);
    return await new Promise((resolve, reject) =>
      canvas.toBlob(
        (blob) => (blob ? resolve(blob) : reject(new Error("this browser makes no PNG"))),
        "image/png",
      ),
    );
  } finally {
    URL.revokeObjectURL(address);
  }
}
