// `npm start -- "…"`: sets up what is missing, then runs the built command line in this process.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, setUp } from "./setup.mjs";

setUp();
await import(pathToFileURL(join(root, "dist/cli/main.js")).href);
