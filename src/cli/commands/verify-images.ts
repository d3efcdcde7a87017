import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseJson } from "../../checkpoint/json/strict-json.ts";
import { InputError } from "../../errors/errors.ts";
import { readImage } from "../../images/read-image.node.ts";
import type { ImageBackend } from "../../images/resample.ts";
import { type ImageDifference, verifyImages } from "../../tasks/verify-images.ts";
import { wrap } from "../../views/text/layout.ts";
import { tableLines } from "../../views/text/table.ts";
import { paint, type Terminal } from "../../views/text/terminal.ts";

/** Every picture that a folder's index.json lists, prepared and compared with its recorded pixels. */
export async function verifyImageFolder(
  folder: string,
  backend?: ImageBackend,
): Promise<ImageDifference[]> {
  const place = join(folder, "index.json");
  const index = parseJson(await readFile(place, "utf8"), place);
  return verifyImages({
    index,
    backend,
    bytes: (file) => pictureBytes(folder, file),
    decode: readImage,
  });
}

async function pictureBytes(folder: string, file: string): Promise<Uint8Array> {
  const path = join(folder, file);
  if (!existsSync(path))
    throw new InputError(`index.json names ${file}, which is not in the folder ${folder}`);
  return readFile(path);
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
  const levelsOf = ({ levels }: ImageDifference) => Math.round(levels * 100) / 100;
  const compared = images.filter(({ reason }) => reason === undefined);
  const text = (title: string, of: (image: ImageDifference) => string) => ({
    title,
    align: "right" as const,
    cells: compared.map((image) => ({ text: of(image) })),
  });
  const table = tableLines(
    [
      { ...text("picture", ({ file }) => file), align: "left", flexible: true, wraps: true },
      { ...text("", ({ passed }) => (passed ? "ok" : "FAIL")), align: "left" },
      text(
        "difference (levels)",
        (image) => `${image.difference.toExponential(1)} (${levelsOf(image)})`,
      ),
      text("allowed", ({ allowed }) => allowed.toExponential(1)),
      text("decoder off, levels", ({ decoded }) => (decoded === undefined ? "" : String(decoded))),
      { ...text("colours", ({ from }) => (from === "file" ? from : "recorded")), align: "left" },
    ],
    terminal,
    { indent: 6 },
  );
  const reasons = images.flatMap(({ file, reason }) =>
    reason === undefined ? [] : wrap(`${file}: ${reason}`, terminal.width, "      "),
  );
  return [head, ...(compared.length > 0 ? table : []), ...reasons].join("\n");
}
