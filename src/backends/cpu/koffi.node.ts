import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** The few calls heed makes of koffi; addresses are bigint. */
export interface Koffi {
  load(path: null): { func(definition: string): (...values: unknown[]) => unknown };
  proto(result: string, parameters: readonly string[]): unknown;
  call(address: bigint, proto: unknown, ...values: unknown[]): unknown;
  address(value: Uint8Array): bigint;
  view(address: bigint, bytes: number): ArrayBuffer;
}

/** koffi's package for this platform, which is whole: the package koffi adds other platforms and a script that runs while it is installed. */
export const koffiPackage = "@koromix/koffi-linux-x64";

export type OpenedKoffi =
  | { readonly koffi: Koffi /** The file other threads load it from. */; readonly path: string }
  | { readonly reason: string };

/** koffi, or why it cannot be used. */
export function openKoffi(
  require: Pick<NodeJS.Require, "resolve"> & ((name: string) => unknown) = ownRequire(),
): OpenedKoffi {
  let path: string;
  try {
    path = require.resolve(koffiPackage);
  } catch (error) {
    return {
      reason: isDenied(error) ? denied : `the optional package ${koffiPackage} is not installed`,
    };
  }
  try {
    return { koffi: require(path) as Koffi, path };
  } catch (error) {
    return { reason: whyNotLoaded(error) };
  }
}

const denied =
  "this process may not load native code (Node grants it by --allow-addons, Deno by --allow-ffi)";

function isDenied(error: unknown): boolean {
  const { code, name } = error as { code?: string; name?: string };
  return (
    code === "ERR_DLOPEN_DISABLED" ||
    code === "ERR_ACCESS_DENIED" ||
    name === "NotCapable" ||
    name === "PermissionDenied"
  );
}

/** The package is there; what it needs is not, or is for another system. */
function whyNotLoaded(error: unknown): string {
  if (isDenied(error)) return denied;
  const { code, message } = error as { code?: string; message?: string };
  if (code === "MODULE_NOT_FOUND")
    return `${koffiPackage} is installed, but its binary is missing. Install it again`;
  const [line] = String(message ?? error).split("\n");
  return `${koffiPackage} is installed, but its binary cannot be loaded: ${line}${libc()}`;
}

/** Where it matters: systems without glibc. */
function libc(): string {
  try {
    const { header } = process.report.getReport() as unknown as {
      header: { glibcVersionRuntime?: string };
    };
    return header.glibcVersionRuntime === undefined
      ? " (this system's C library is not glibc)"
      : "";
  } catch {
    return "";
  }
}

/** Made when it is asked for: bundles may have no address of their own. */
function ownRequire(): NodeJS.Require {
  return createRequire(import.meta.url || pathToFileURL(`${process.cwd()}/`));
}
