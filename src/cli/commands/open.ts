import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { InputError } from "../../errors/errors.ts";
import type { Exploring, Seen } from "../../explore/questions.ts";
import { explorerOf } from "../../explore/towers-explorer.ts";
import { readImage } from "../../images/read-image.node.ts";
import { embeddedModels } from "../../load.node.ts";
import type { Model } from "../../model.ts";
import { formatHead } from "../../probe/head-address.ts";
import { type GivenFile, pageFiles } from "../explorer/page-files.ts";
import { type PageServer, servePage } from "../explorer/server.ts";
import { expectWords, namesPicture, namesSound, readSource } from "../input/text-input.ts";
import { loadModel, type ModelOptions } from "../loading.ts";
import { expectTexts } from "../named.ts";
import { warn } from "../terminal/warnings.ts";
import { version } from "../version.ts";

export interface OpenOptions extends ModelOptions {
  readonly port?: number;
  readonly browser?: boolean;
}

/** Taken where nobody asks for another and it is free, so that a browser knows the page again. */
const usualPort = 8014;
const [embedded, stories] = embeddedModels;

/** `heed open`: the explorer in a browser, over this machine's kernels, until the terminal ends it. */
export async function open(given: string | undefined, options: OpenOptions): Promise<void> {
  const file = fileOf(given);
  const text = given === undefined || file ? undefined : (await readSource(given)).text;
  if (text !== undefined) expectWords(text, undefined);
  const choice = modelChoice(options);
  const files = pageFiles(choice, file);
  const model = await loadModel(options, "both");
  expectRead(model, text, file);
  const explorer = explorerOf(model, { readImage });
  try {
    const seen = await firstSeen(explorer, text, file);
    for (const warning of seen?.warnings ?? []) warn(warning);
    const server = await served({ explorer, files }, options.port);
    const address = `${server.address}?engine=${server.token}${hashOf(choice, { text, file, tower: model.towers && text !== undefined ? "text" : undefined }, seen)}`;
    process.stdout.write(`${address}\n`);
    const isInteractive = process.stdout.isTTY === true;
    if (isInteractive) process.stderr.write("heed: Ctrl-C ends it\n");
    if (isInteractive && options.browser !== false && hasScreen()) await show(address);
    await ended();
    await server.close();
  } finally {
    await explorer.dispose();
  }
}

/** The picture or sound that an argument names; undefined for a text. Throws InputError for a name of either where there is no such file. */
function fileOf(given: string | undefined): GivenFile | undefined {
  if (given === undefined) return undefined;
  if (namesPicture(given)) return { kind: "picture", path: given };
  return namesSound(given) ? { kind: "sound", path: given } : undefined;
}

/** Throws InputError where a model is given what it does not read. */
function expectRead(model: Model, text: string | undefined, file: GivenFile | undefined): void {
  if (model.audio && file?.kind !== "sound" && (file || text !== undefined))
    throw new InputError(
      `open ${file?.path ?? JSON.stringify(text)}: ${model.label} reads sound. Give it a sound's file, such as speech.wav, or leave it out and drop one on the page`,
    );
  const reads = model.audio ? "sound" : model.images || model.towers ? "pictures" : "texts";
  if (file?.kind === "sound" && !model.audio)
    throw new InputError(
      `open ${file.path}: ${model.label} reads ${reads}, and this is a sound. Give --model one that hears, such as openai/whisper-tiny`,
    );
  if (file?.kind === "picture" && reads !== "pictures")
    throw new InputError(
      `open ${file.path}: ${model.label} reads ${reads}, and this is a picture. Give --model one that reads pictures, such as google/vit-base-patch16-224`,
    );
  if (text !== undefined && !model.towers) expectTexts(model, text);
}

/** What the page begins with, run once: what cannot be read is said in the terminal. A sound the page decodes, and runs. */
async function firstSeen(
  explorer: Exploring,
  text: string | undefined,
  file: GivenFile | undefined,
): Promise<Seen | undefined> {
  if (text !== undefined) return explorer.see({ input: text });
  if (file?.kind !== "picture") return undefined;
  const name = basename(file.path);
  await explorer.keepImage(name, await readFile(file.path));
  return explorer.see({ input: { image: name } });
}

async function served(
  what: Pick<Parameters<typeof servePage>[0], "explorer" | "files">,
  port: number | undefined,
): Promise<PageServer> {
  if (port !== undefined) return servePage({ ...what, port });
  return servePage({ ...what, port: usualPort }).catch(() => servePage({ ...what, port: 0 }));
}

/** The model as the page's address names it: see web/state/state.ts. */
type ModelChoice =
  | { readonly kind: "embedded" }
  | { readonly kind: "stories" }
  | { readonly kind: "hub"; readonly id: string; readonly revision?: string }
  | { readonly kind: "files"; readonly name: string };

function modelChoice({ model, revision }: OpenOptions): ModelChoice {
  if (model === undefined || model === embedded) return { kind: "embedded" };
  if (model === stories && !existsSync(model)) return { kind: "stories" };
  if (!existsSync(model) && /^[\w.-]+\/[\w.-]+$/.test(model))
    return { kind: "hub", id: model, ...(revision !== undefined && { revision }) };
  return { kind: "files", name: basename(resolve(model)) };
}

/** What the page begins with, behind "#": see web/state/address.ts. */
function hashOf(
  choice: ModelChoice,
  {
    text,
    file,
    tower,
  }: { readonly text?: string; readonly file?: GivenFile; readonly tower?: "text" },
  seen: Seen | undefined,
): string {
  const parts = new URLSearchParams();
  if (choice.kind === "hub")
    parts.set("model", `hub:${choice.id}${choice.revision ? `@${choice.revision}` : ""}`);
  if (choice.kind === "stories") parts.set("model", choice.kind);
  if (choice.kind === "files") parts.set("model", `files:${choice.name}`);
  if (tower !== undefined) parts.set("tower", tower);
  if (text !== undefined) parts.set("text", text);
  if (file) parts.set(file.kind, basename(file.path));
  if (seen) {
    parts.set("head", formatHead(seen.start));
    parts.set("word", String(seen.start.query));
    parts.set("keys", String(seen.start.key));
  }
  if ([...parts].length === 0) return "";
  parts.set("heed", version);
  return `#${parts}`;
}

/** Whether there is anything for a browser to be shown on. */
function hasScreen(): boolean {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  return process.platform !== "linux" || Boolean(DISPLAY || WAYLAND_DISPLAY);
}

async function show(address: string): Promise<void> {
  const { default: openInBrowser } = await import("open");
  const child = await openInBrowser(address);
  child.on("error", ({ message }: Error) => warn(`no browser could be opened (${message})`));
}

/** Resolves when somebody ends the command: Ctrl-C, a signal, or a terminal that goes away. */
function ended(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, resolve);
    if (process.stdin.isTTY) process.stdin.once("end", resolve).resume();
  });
}
