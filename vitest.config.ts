import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["heed/source"] },
  ssr: { resolve: { conditions: ["heed/source"] } },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
