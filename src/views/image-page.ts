import { escapeMarkup } from "./escape.ts";
import { type ModelSummary, modelLine } from "./focus-text.ts";
import { type ImageGridPicture, type ImagePicture, imageGridSvg, imageSvg } from "./image-svg.ts";

/** What a page about an image shows: one head large, all heads small. */
export interface ImagePage {
  readonly title: string;
  readonly model: ModelSummary;
  readonly head: ImagePicture;
  readonly grid: ImageGridPicture;
}

const style = `:root{color-scheme:light dark}
body{margin:0;font:15px/1.45 system-ui,sans-serif;background:light-dark(#fff,#14161a);color:light-dark(#1b1f24,#e6e9ee)}
main{max-width:1000px;margin:0 auto;padding:16px clamp(12px,3vw,32px) 48px}
h1{font-size:20px;margin:0;overflow-wrap:anywhere}p{margin:0 0 12px;color:light-dark(#59636e,#9aa4b0);font-size:13px}
svg{max-width:100%;height:auto;display:block;margin:12px 0}`;

/** One HTML file with everything inside: an image under the weights of one head, and of every head. Every patch says its weight when pointed at. */
export function imagePage({ title, model, head, grid }: ImagePage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeMarkup(title)}</title>
<style>${style}</style>
</head>
<body><main>
<h1>${escapeMarkup(title)}</h1>
<p>${escapeMarkup(modelLine(model, true))}</p>
${imageSvg(head)}
${imageGridSvg(grid)}
</main></body>
</html>
`;
}
