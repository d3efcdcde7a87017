import { pageScript, pageStyle } from "./image-page.generated.ts";
import { packedWeights } from "./image-page-data.ts";
import { checkImageCounts, type ImagePage, imagePageData } from "./image-picture.ts";
import { encodeLogarithms, packNumbers } from "./packed-numbers.ts";
import { expectPageOptions, type PageOptions, pageFile } from "./page-file.ts";

export type { ImagePage, WindowedLayer } from "./image-picture.ts";

/** Weights are kept down to this share of what each token would get if all got alike. */
const smallestShare = 1 / 64;

/**
 * One HTML file with everything inside: the image under the weights of one head from one token, every head small, and the
 * numbers. Weights are kept within 1 %, those under 1/64 of an even share as 0: about 7 MB for 144 heads at 197 tokens. Of windows (Swin) the
 * windows alone are kept.
 */
export function imagePage(picture: ImagePage, options: PageOptions = {}): string {
  expectPageOptions(options, "imagePage");
  const { leading, rows, columns, weights } = picture;
  checkImageCounts("imagePage", picture);
  const smallest = smallestShare / (leading.length + rows * columns);
  return pageFile(
    {
      title: picture.name,
      lines: [picture.name],
      style: pageStyle,
      script: pageScript,
      data: imagePageData(picture, smallest),
      packed: [[packedWeights, packNumbers(encodeLogarithms(weights, smallest))]],
    },
    options,
  );
}
