import { appendFileSync } from "node:fs";
import type { SerializedError } from "vitest";
import type { Reporter, TestCase, TestModule } from "vitest/node";

/** Ends a run with one plain line, `N passed, N failed, N skipped`, after the reason of every skip. */
export class PlainReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 };
    const skips: string[] = [];
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state === "pending" ? "failed" : state] += 1;
        if (state === "skipped") skips.push(`skipped: ${test.fullName}: ${reasonOf(test)}`);
      }
    }
    const line = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
    process.stdout.write(`${[...skips, line].join("\n")}\n`);
    const file = process.env.HEED_TEST_COUNTS;
    if (file) appendFileSync(file, `${line}\n`);
  }
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  return (
    (result.state === "skipped" && result.note) || "no reason given; give one with skip(reason)"
  );
}
