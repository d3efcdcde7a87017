import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Firefox and WebKit as programs of their own, started at an address whose page tells the server what it saw.

const libraries = "/usr/lib/x86_64-linux-gnu";
const firefox = ["/usr/bin/firefox-esr", "/usr/bin/firefox"].find(existsSync);
const frame = ["/usr/bin/xvfb-run"].find(existsSync);
const miniBrowser = (existsSync(libraries) ? readdirSync(libraries) : [])
  .filter((name) => name.startsWith("webkit2gtk-"))
  .map((name) => join(libraries, name, "MiniBrowser"))
  .find(existsSync);

/** A browser of this machine. */
export interface BrowserProgram {
  readonly name: "Firefox" | "WebKit";
  /** Its command with what it is given before the address; undefined where it is not installed. */
  readonly command: ((profile: string) => readonly string[]) | undefined;
  /** Why its tests are skipped without it. */
  readonly missing: string;
}

export const browserPrograms: readonly BrowserProgram[] = [
  {
    name: "Firefox",
    command: firefox
      ? (profile) => [firefox, "--headless", "--no-remote", "--profile", profile]
      : undefined,
    missing: "there is no Firefox on this machine (apt-get install firefox-esr)",
  },
  {
    name: "WebKit",
    command: miniBrowser && frame ? () => [frame, "-a", miniBrowser] : undefined,
    missing: "there is no WebKit on this machine (apt-get install webkit2gtk-driver xvfb xauth)",
  },
];

/** Browsers that were started; one that never answers is ended too. */
const programs = new Set<ChildProcess>();

/** Ends a program with all it has started. */
function end(child: ChildProcess): void {
  programs.delete(child);
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
}

/** Ends every browser that still runs. */
export function endPrograms(): void {
  for (const child of programs) end(child);
}

/** Starts a browser at an address and waits for what is told; a browser that ends before is an error with what it printed. */
export async function inProgram<Told>(
  command: NonNullable<BrowserProgram["command"]>,
  address: string,
  told: Promise<Told>,
): Promise<Told> {
  const profile = await mkdtemp(join(tmpdir(), "heed-browser-"));
  const [program, ...given] = command(profile);
  const child = spawn(program!, [...given, address], {
    detached: true,
    env: { ...process.env, HOME: profile, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1" },
  });
  programs.add(child);
  let output = "";
  child.stderr.on("data", (text) => {
    output += text;
  });
  const ended = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${program}: exit code ${code}: ${output}`)));
  });
  try {
    return await Promise.race([told, ended]);
  } finally {
    // Its end is expected from now on.
    ended.catch(() => {});
    end(child);
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
