// `npm start -- "…"`: sets up what is missing, then runs the built command line in this process; without a text it opens the explorer.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, setUp } from "./setup.mjs";

setUp();
if (process.argv.length === 2) process.argv.push("open");
await import(pathToFileURL(join(root, "dist/cli/main.js")).href);
