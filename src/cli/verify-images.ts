import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { readImage } from "../tokens/read-image.node.ts";
import { type ImageDifference, verifyImages } from "../tokens/verify-images.ts";
import { tableLines } from "../views/table-text.ts";
import { paint, type Terminal } from "../views/terminal.ts";

/** Every picture that a folder's index.json lists, prepared and compared with its recorded pixels. */
export async function verifyImageFolder(folder: string): Promise<ImageDifference[]> {
  const place = join(folder, "index.json");
  const text = await readFile(place, "utf8");
  let index: unknown;
  try {
    index = JSON.parse(text);
  } catch (error) {
    throw new InputError(`${place} is not JSON: ${(error as Error).message}`);
  }
  return verifyImages({ index, bytes: (file) => readFile(join(folder, file)), decode: readImage });
}

/** A line for every picture: how far its pixels are from the recorded ones. */
export function imageReportText(
  folder: string,
  images: readonly ImageDifference[],
  terminal: Terminal,
): string {
  const failed = images.filter(({ passed }) => !passed);
  const isGood = failed.length === 0;
  const head = `${paint(isGood ? "pass" : "FAIL", { strong: true, tone: isGood ? "good" : "bad" }, terminal)}  ${folder}: ${images.length - failed.length} of ${images.length} pictures agree`;
  const text = (
    title: string,
    align: "left" | "right",
    of: (image: ImageDifference) => string,
  ) => ({
    title,
    align,
    cells: images.map((image) => ({ text: of(image) })),
  });
  return [
    head,
    ...tableLines(
      [
        text("picture", "left", ({ file }) => file),
        text("colours from", "left", ({ from }) => from),
        text("largest difference", "right", ({ difference }) => difference.toExponential(1)),
        text("levels of 255", "right", ({ levels }) => String(Math.round(levels * 100) / 100)),
        text("allowed", "right", ({ allowed }) => allowed.toExponential(1)),
        text("decoder off by", "right", ({ decoded }) =>
          decoded === undefined ? "" : `${decoded} levels`,
        ),
        text("", "left", ({ passed, reason }) => reason ?? (passed ? "ok" : "FAIL")),
      ],
      terminal,
      { indent: 6 },
    ),
  ].join("\n");
}
