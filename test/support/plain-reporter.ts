import { appendFileSync } from "node:fs";
import type { SerializedError } from "vitest";
import type { Reporter, TestCase, TestModule } from "vitest/node";

/** Ends a run with one plain line, `N passed, N failed, N skipped`, after the reason of every skip and failure. */
export class PlainReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const skips: string[] = [];
    const failures: string[] = [];
    const fails = (name: string, errors: readonly { message?: string }[]): void => {
      counts.failed += 1;
      failures.push(`failed: ${name}: ${firstLine(errors)}`);
    };
    for (const error of errors) fails("outside of any test", [error]);
    for (const module of modules) {
      if (module.errors().length > 0) fails(module.relativeModuleId, module.errors());
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "passed" || result.state === "skipped") counts[result.state] += 1;
        else fails(`${module.relativeModuleId}: ${test.fullName}`, result.errors ?? []);
        if (result.state === "skipped") skips.push(`skipped: ${test.fullName}: ${reasonOf(test)}`);
      }
    }
    const line = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
    process.stdout.write(`${[...skips, ...failures, line].join("\n")}\n`);
    const file = process.env.HEED_TEST_COUNTS;
    if (file) appendFileSync(file, `${[...failures, line].join("\n")}\n`);
  }
}

/** What a failure says first: a log that keeps only its end must still tell why. */
function firstLine(errors: readonly { message?: string }[]): string {
  return (errors[0]?.message ?? "it did not end").split("\n")[0]?.slice(0, 300) ?? "";
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  return (
    (result.state === "skipped" && result.note) || "no reason given; give one with skip(reason)"
  );
}
