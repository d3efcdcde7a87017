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

/** The orientation a JPEG file's first segments name; 1 when they name none. */
export function jpegOrientation(bytes: Uint8Array): number {
  let fromText: number | undefined;
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1]!;
    // Fill bytes between segments.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    // The pixels begin: no more segments of this kind.
    if (marker === 0xda || marker === 0xd9) break;
    const length = bytes[at + 2]! * 256 + bytes[at + 3]!;
    const body = bytes.subarray(at + 4, at + 2 + length);
    if (marker === 0xe1 && startsWith(body, "Exif\0")) {
      const found = exifOrientation(body.subarray(6));
      if (found !== undefined) return found;
    } else if (marker === 0xe1 && startsWith(body, "http://ns.adobe.com/xap/1.0/\0"))
      fromText ??= xmpOrientation(latin1(body));
    at += 2 + length;
  }
  return fromText ?? 1;
}

/** The orientation a WebP file's chunks name; 1 when they name none. */
export function webpOrientation(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let fromText: number | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    const body = bytes.subarray(at + 8, at + 8 + length);
    const name = latin1(bytes.subarray(at, at + 4));
    if (name === "EXIF") {
      const found = exifOrientation(startsWith(body, "Exif\0") ? body.subarray(6) : body);
      if (found !== undefined) return found;
    } else if (name === "XMP ") fromText ??= xmpOrientation(latin1(body));
    at += 8 + length + (length % 2);
  }
  return fromText ?? 1;
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return [...text].every((letter, index) => bytes[index] === letter.charCodeAt(0));
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
