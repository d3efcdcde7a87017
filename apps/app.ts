import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Page } from "playwright-core";

const carryOut = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
const packed = join(root, "apps/heed.tgz");

/** Where an app can be opened. */
export interface Place {
  readonly address: string;
  close(): Promise<unknown>;
}

/** Builds an app by one of its scripts and gives the folder to serve, or the app's own folder where a server of its own serves it. */
export async function built(app: string, script = "build"): Promise<string> {
  if (!existsSync(join(app, "package.json"))) return app;
  await install(app);
  for (const left of ["dist", "build", ".next", ".parcel-cache"])
    rmSync(join(app, left), { recursive: true, force: true });
  await npm(app, ["run", script]);
  return ["dist", "build"].map((name) => join(app, name)).find(existsSync) ?? app;
}

/** Installs what the lock file says, or package.json where there is none, once; and heed as it is packed now. */
export async function install(app: string): Promise<void> {
  const lock = join(app, "package-lock.json");
  const isLocked = existsSync(lock);
  if (isLocked) expectCurrent(lock);
  const installed = join(app, "node_modules/.package-lock.json");
  const asked = isLocked ? lock : join(app, "package.json");
  const isInstalled =
    existsSync(installed) && statSync(installed).mtimeMs >= statSync(asked).mtimeMs;
  const how = isLocked ? ["ci"] : ["install", "--no-package-lock"];
  if (!isInstalled) await npm(app, [...how, "--no-audit", "--no-fund", "--prefer-offline"]);
  const heed = join(app, "node_modules/heed");
  // Vite keeps what it made of an older heed.
  for (const old of [heed, join(app, "node_modules/.vite")])
    rmSync(old, { recursive: true, force: true });
  mkdirSync(heed, { recursive: true });
  await carryOut("tar", ["xzf", packed, "--strip-components", "1", "-C", heed]);
}

/** An app's lock file names what heed needs; npm would not notice that it is older. */
function expectCurrent(lock: string): void {
  const { packages } = JSON.parse(readFileSync(lock, "utf8"));
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  for (const kind of ["dependencies", "optionalDependencies"]) {
    const [locked, wanted] = [packages["node_modules/heed"][kind], manifest[kind]];
    if (JSON.stringify(locked) !== JSON.stringify(wanted))
      throw new Error(`${lock} is older than heed's ${kind}: node scripts/lock-apps.mjs`);
  }
}

async function npm(app: string, args: readonly string[]): Promise<void> {
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: undefined };
  const options = { cwd: app, env, shell: process.platform === "win32", maxBuffer: 64 << 20 };
  await carryOut("npm", [...args], options).catch((error) => {
    throw new Error(`npm ${args.join(" ")} failed in ${app}:\n${error.stdout}\n${error.stderr}`);
  });
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
};
const binary = "application/octet-stream";

/** Serves what was built, isolated and under a policy; an app with a server of its own is served by that. */
export async function served(folder: string, policy: string): Promise<Place> {
  if (existsSync(join(folder, ".next")))
    return started(folder, ["node_modules/next/dist/bin/next", "start"]);
  const server = createServer(async ({ url }, response) => {
    const { pathname } = new URL(url!, "http://localhost");
    const file = join(folder, pathname.endsWith("/") ? `${pathname}index.html` : pathname);
    response.setHeader("cross-origin-opener-policy", "same-origin");
    response.setHeader("cross-origin-embedder-policy", "require-corp");
    response.setHeader("content-security-policy", policy);
    const bytes = await readFile(file).catch(() => undefined);
    if (!bytes) return response.writeHead(404).end();
    response.setHeader("content-type", types[extname(file)] ?? binary);
    response.end(bytes);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** Answers what a tab asks of the CDN with the package's own files: no test needs the network. */
export async function cdnServed(tab: Page): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const cdn = `https://cdn.jsdelivr.net/npm/heed@${version}/`;
  await tab.route("https://cdn.jsdelivr.net/**", async (route) => {
    const address = route.request().url();
    const file = join(root, address.slice(cdn.length));
    if (!address.startsWith(cdn) || !existsSync(file)) return route.fulfill({ status: 404 });
    const headers = {
      "access-control-allow-origin": "*",
      "cross-origin-resource-policy": "cross-origin",
    };
    await route.fulfill({ path: file, headers, contentType: types[extname(file)] ?? binary });
  });
}

/** An app's own server, at a port that is free. */
export async function started(app: string, args: readonly string[]): Promise<Place> {
  const port = await freePort();
  const child = spawn(process.execPath, [...args, "--port", `${port}`], {
    cwd: app,
    env: { ...process.env, NODE_ENV: undefined },
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const address = `http://localhost:${port}/`;
  while (!(await fetch(address).catch(() => undefined))) {
    if (child.exitCode !== null) throw new Error(`${args.join(" ")} ended in ${app}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    address,
    async close() {
      child.kill();
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
