import { defineConfig } from "vitest/config";
import { PlainReporter } from "../test/support/plain-reporter.ts";

export default defineConfig({
  test: {
    include: ["apps/*.test.ts"],
    // Installing and building an app is a test's own work here.
    testTimeout: 600_000,
    hookTimeout: 120_000,
    reporters: ["default", new PlainReporter()],
  },
});
