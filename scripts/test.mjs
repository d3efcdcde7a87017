// `npm test`: sets up what is missing, then runs every test; further arguments go to vitest.
import { join } from "node:path";
import { root, run, setUp } from "./setup.mjs";

setUp();
run(
  process.execPath,
  [join(root, "node_modules/vitest/vitest.mjs"), "run", ...process.argv.slice(2)],
  {
    stdio: "inherit",
  },
);
