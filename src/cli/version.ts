import { createRequire } from "node:module";

/** heed's own version. By the package's name: the command line is one file in the package, and many where it is developed. */
export const { version } = createRequire(import.meta.url)("heed/package.json") as {
  version: string;
};
