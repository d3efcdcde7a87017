import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { CheckpointError } from "../../errors/errors.ts";
import { defaultHubUrl } from "./hub.ts";

/** What the environment says about the hub, named and read as Python's huggingface_hub reads it. */
export interface HubEnvironment {
  readonly hubUrl: string;
  readonly token: string | undefined;
  readonly cacheDir: string;
  readonly isOffline: boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads HF_ENDPOINT; HF_TOKEN or the token file; HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME;
 * HF_HUB_OFFLINE. Throws CheckpointError when a token file is there that cannot be read.
 */
export function hubEnvironment(variables: Variables = process.env): HubEnvironment {
  const fromHome = (path: string) => expanded(path, variables);
  const caches = variables.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const home = fromHome(variables.HF_HOME ?? join(caches, "huggingface"));
  const cache = variables.HF_HUB_CACHE ?? variables.HUGGINGFACE_HUB_CACHE ?? join(home, "hub");
  const tokenFile = fromHome(variables.HF_TOKEN_PATH ?? join(home, "token"));
  return {
    hubUrl: variables.HF_ENDPOINT || defaultHubUrl,
    token: isTrue(variables.HF_HUB_DISABLE_IMPLICIT_TOKEN)
      ? undefined
      : (cleaned(variables.HF_TOKEN || variables.HUGGING_FACE_HUB_TOKEN) ?? tokenFrom(tokenFile)),
    cacheDir: fromHome(cache),
    isOffline: isTrue(variables.HF_HUB_OFFLINE || variables.TRANSFORMERS_OFFLINE),
  };
}

function isTrue(value: string | undefined): boolean {
  return ["1", "ON", "YES", "TRUE"].includes(value?.toUpperCase() ?? "");
}

/** `~` and $VARIABLES replaced, as Python does for these paths. */
function expanded(path: string, variables: Variables): string {
  const withHome = path.replace(/^~(?=$|[/\\])/, () => homedir());
  return withHome.replace(
    /\$(?:(\w+)|\{(\w+)\})/g,
    (whole, plain, braced) => variables[plain ?? braced] ?? whole,
  );
}

function cleaned(token: string | undefined): string | undefined {
  return token?.replace(/[\r\n]/g, "").trim() || undefined;
}

function tokenFrom(path: string): string | undefined {
  try {
    return cleaned(readFileSync(path, "utf8"));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new CheckpointError(
      `hub: the token file ${path} cannot be read (${code}). Mend its rights, or set HF_TOKEN.`,
      { cause },
    );
  }
}
