/** The worker of the tests: what docs/browser.md says, from source. */
import { load } from "../../src/index.ts";
import { serve } from "../../src/worker.node.ts";

serve(load);
