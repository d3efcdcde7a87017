/** EXIF's own tag for the orientation. */
const orientationTag = 0x0112;

/** The orientation (1 to 8) in a block of EXIF data, which is a TIFF header with one directory; undefined when it has none. */
export function exifOrientation(exif: Uint8Array): number | undefined {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  const order = exif.length >= 8 ? view.getUint16(0) : 0;
  if (order !== 0x4949 && order !== 0x4d4d) return undefined;
  const isLittle = order === 0x4949;
  const directory = view.getUint32(4, isLittle);
  if (directory + 2 > exif.length) return undefined;
  const entries = view.getUint16(directory, isLittle);
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + entry * 12;
    if (at + 12 > exif.length) return undefined;
    if (view.getUint16(at, isLittle) === orientationTag)
      return inRange(view.getUint16(at + 8, isLittle));
  }
  return undefined;
}

/** The orientation in XMP text, which Pillow asks when EXIF says nothing. */
export function xmpOrientation(text: string): number | undefined {
  return inRange(Number(/tiff:Orientation(?:="|>)([0-9])/.exec(text)?.[1]));
}

function inRange(orientation: number): number | undefined {
  return orientation >= 1 && orientation <= 8 ? orientation : undefined;
}

/** A block of a file that may name the orientation; its name begins at `at`. */
interface Block {
  readonly at: number;
  readonly orientation: number | undefined;
  readonly kind: "exif" | "xmp";
}

/** The orientation a JPEG or WebP file names, EXIF before XMP; 1 when it names none. */
export function orientationOf(bytes: Uint8Array, format: "jpeg" | "webp"): number {
  const blocks = [...blocksOf(bytes, format)].filter(({ orientation }) => orientation);
  const said = blocks.find(({ kind }) => kind === "exif") ?? blocks[0];
  return said?.orientation ?? 1;
}

/** The same file with its orientation under names no decoder knows, so that every decoder leaves the pixels as they are stored. */
export function hideOrientation(
  bytes: Uint8Array,
  format: "jpeg" | "webp",
): Uint8Array<ArrayBuffer> {
  const hidden = new Uint8Array(bytes);
  for (const { at } of blocksOf(bytes, format)) hidden[at] = "-".charCodeAt(0);
  return hidden;
}

function blocksOf(bytes: Uint8Array, format: "jpeg" | "webp"): Generator<Block> {
  return format === "jpeg" ? jpegBlocks(bytes) : webpBlocks(bytes);
}

function* jpegBlocks(bytes: Uint8Array): Generator<Block> {
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1]!;
    // Fill bytes between segments.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    // The pixels begin: no more segments of this kind.
    if (marker === 0xda || marker === 0xd9) return;
    const length = bytes[at + 2]! * 256 + bytes[at + 3]!;
    const body = bytes.subarray(at + 4, at + 2 + length);
    if (marker === 0xe1 && startsWith(body, "Exif\0"))
      yield { at: at + 4, kind: "exif", orientation: exifOrientation(body.subarray(6)) };
    else if (marker === 0xe1 && startsWith(body, "http://ns.adobe.com/xap/1.0/\0"))
      yield { at: at + 4, kind: "xmp", orientation: xmpOrientation(latin1(body)) };
    at += 2 + length;
  }
}

function* webpBlocks(bytes: Uint8Array): Generator<Block> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    const body = bytes.subarray(at + 8, at + 8 + length);
    const name = latin1(bytes.subarray(at, at + 4));
    if (name === "EXIF") {
      const exif = startsWith(body, "Exif\0") ? body.subarray(6) : body;
      yield { at, kind: "exif", orientation: exifOrientation(exif) };
    } else if (name === "XMP ")
      yield { at, kind: "xmp", orientation: xmpOrientation(latin1(body)) };
    at += 8 + length + (length % 2);
  }
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return [...text].every((letter, index) => bytes[index] === letter.charCodeAt(0));
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
