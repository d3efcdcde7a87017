// Sets up a fresh clone: installs when the lock file asks for it, builds when a source, or what builds, is newer than the build.
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const oldestNode = 20;
/** What a build depends on besides src/. */
const builders = [
  "scripts/build.mjs",
  "scripts/build-web.mjs",
  "scripts/bundle-command-line.mjs",
  "scripts/bundle-library.mjs",
  "scripts/bundle-parts.mjs",
  "scripts/carry-model.mjs",
  "scripts/joined-chunks.mjs",
  "scripts/live-imports.mjs",
  "scripts/minified-styles.mjs",
  "scripts/named-by-content.mjs",
  "scripts/record-runs.mjs",
  "tsconfig.build.json",
].map((file) => join(root, file));

/** Installs and builds what is not there yet; says on stderr what it does, and nothing when there is nothing to do. */
export function setUp({ build = true } = {}) {
  const [major] = process.versions.node.split(".");
  if (Number(major) < oldestNode)
    fail(`needs Node ${oldestNode} or newer, this is ${process.version}`);
  const installed = join(root, "node_modules/.package-lock.json");
  // What is linked here is somebody else's install: theirs to change.
  if (
    !isLink(join(root, "node_modules")) &&
    timeOf(installed) < timeOf(join(root, "package-lock.json"))
  ) {
    say("installing (once) …");
    run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  }
  const stamp = join(root, "dist/.built");
  const newest = Math.max(
    newestIn(join(root, "src")),
    newestIn(join(root, "web")),
    ...builders.map(timeOf),
  );
  if (build && timeOf(stamp) < newest) {
    say("building (once) …");
    const started = new Date();
    run(process.execPath, [join(root, "scripts/build.mjs")]);
    writeFileSync(stamp, `${started.toISOString()}\n`);
  }
}

/** Runs a program in the project's folder, its output on stderr; ends this process with its code when it fails. */
export function run(command, args, options = {}) {
  const isNpm = command === "npm";
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: isNpm && process.platform === "win32",
    ...options,
  });
  if (error) fail(`${command} could not be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

function isLink(path) {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

function timeOf(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

function newestIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((newest, entry) => {
    const path = join(folder, entry.name);
    return Math.max(newest, entry.isDirectory() ? newestIn(path) : timeOf(path));
  }, 0);
}

function say(text) {
  process.stderr.write(`heed: ${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}
