import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { PlainReporter } from "./test/support/plain-reporter.ts";

export default defineConfig({
  resolve: { conditions: ["heed/source"] },
  ssr: { resolve: { conditions: ["heed/source"] } },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // A first run on a busy machine reads 45 MB of weights; no test waits for time to pass.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    // Many tests wait for a process or a browser of their own.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: ["default", new PlainReporter()],
  },
});
