import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { goldenFolder } from "./small-models.ts";

/** A tensor of a safetensors file. */
export interface FileTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

interface Edits {
  /** config.json, changed. */
  readonly config?: (config: Record<string, unknown>) => Record<string, unknown>;
  /** The tensors, changed. */
  readonly tensors?: (tensors: Map<string, FileTensor>) => Map<string, FileTensor>;
  /** Other files, by name: undefined takes one away. */
  readonly files?: Readonly<Record<string, string | Uint8Array | undefined>>;
}

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A copy of a folder of test/golden with changes, gone when the tests are. */
export function editedFolder(name: string, { config, tensors, files = {} }: Edits): string {
  const folder = mkdtempSync(join(tmpdir(), "heed-"));
  made.push(folder);
  cpSync(goldenFolder(name), folder, { recursive: true });
  if (config) {
    const path = join(folder, "config.json");
    writeFileSync(path, JSON.stringify(config(JSON.parse(readFileSync(path, "utf8")))));
  }
  const weights = join(folder, "model.safetensors");
  if (tensors && existsSync(weights))
    writeFileSync(
      weights,
      safetensors(tensors(readTensors(new Uint8Array(readFileSync(weights))))),
    );
  for (const [file, content] of Object.entries(files))
    if (content === undefined) rmSync(join(folder, file), { force: true });
    else writeFileSync(join(folder, file), content);
  return folder;
}

function readTensors(file: Uint8Array): Map<string, FileTensor> {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  return new Map(
    Object.entries(header)
      .filter(([name]) => name !== "__metadata__")
      .map(([name, entry]) => {
        const { dtype, shape, data_offsets } = entry as {
          dtype: string;
          shape: number[];
          data_offsets: [number, number];
        };
        const [start, end] = data_offsets.map((offset) => offset + 8 + length) as [number, number];
        return [name, { dtype, shape, bytes: file.slice(start, end) }];
      }),
  );
}

/** A safetensors file of these tensors. */
export function safetensors(tensors: ReadonlyMap<string, FileTensor>): Uint8Array {
  let at = 0;
  const header: Record<string, unknown> = {};
  for (const [name, { dtype, shape, bytes }] of tensors) {
    header[name] = { dtype, shape, data_offsets: [at, at + bytes.length] };
    at += bytes.length;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + at);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  at = 8 + text.length;
  for (const { bytes } of tensors.values()) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}
