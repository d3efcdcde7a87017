// Builds dist/ from src/ with tsc, and what carries the embedded model through bundlers.
import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./setup.mjs";

rmSync(join(root, "dist"), { recursive: true, force: true });
run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"]);
chmodSync(join(root, "dist/cli/main.js"), 0o755);
await import("./carry-model.mjs");
