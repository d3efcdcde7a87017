// Builds dist/ from src/ with tsc, the command line and what Node imports as few files, what carries the embedded model through bundlers, and the explorer.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { buildWeb } from "./build-web.mjs";
import { bundleCommandLine } from "./bundle-command-line.mjs";
import { bundleLibrary } from "./bundle-library.mjs";
import { root, run } from "./setup.mjs";

rmSync(join(root, "dist"), { recursive: true, force: true });
run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"]);

await bundleLibrary(join(root, "dist"));
await bundleCommandLine(join(root, "dist"));
await import("./carry-model.mjs");
const { recordRuns } = await import("./record-runs.mjs");
await buildWeb(join(root, "dist/web"), { recorded: await recordRuns() });
