// `npm run docs`: writes what scripts write into the pages of docs/, and the API reference from the doc comments into docs/api/.
// TypeDoc needs another TypeScript than heed: both are installed apart, into scripts/api, the first time. A warning is an error:
// a type that is not exported (export it, or name it in typedoc.json's intentionallyNotExported), a link that leads nowhere, a type, class or function
// without a doc comment.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commandParts, helpFromSource } from "./command-reference.ts";
import { modelParts } from "./model-table.ts";
import { writeParts } from "./pages.ts";
import { siteParts } from "./site-table.ts";
import { speedParts } from "./speed-table.ts";

const home = fileURLToPath(new URL("api", import.meta.url));

function carryOut(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, {
    cwd: home,
    stdio: "inherit",
    shell: command === "npm" && process.platform === "win32",
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

writeParts([
  ...(await modelParts()),
  ...speedParts(),
  ...siteParts(),
  ...commandParts(helpFromSource),
]);
if (!existsSync(join(home, "node_modules"))) carryOut("npm", ["ci"]);
carryOut(process.execPath, [join(home, "node_modules/typedoc/bin/typedoc")]);
