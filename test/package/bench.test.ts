import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { atMost, expectRows } from "../../bench/claim.ts";

describe("a claim that was asked for", () => {
  it("says so when nothing it is measured against is there", () => {
    expect(() => expectRows({ name: "training-web" }, [])).toThrow(
      /training-web measured nothing.*npm run rivals/,
    );
  });

  it("may have rows without one of its rivals", () => {
    const row = { label: "a step", ours: 1, rival: 2, unit: "ms", ...atMost(0.5, 0.5) };
    expect(() => expectRows({ name: "training-web" }, [row])).not.toThrow();
  });
});

describe("a bench that is ended", () => {
  it("says where it was", async () => {
    const script = `
      import { sayWhenBrokenOff } from "./bench/broken-off.ts";
      sayWhenBrokenOff(() => "fetching: 20 ms of latency");
      console.log("ready");
      setInterval(() => {}, 1000);
    `;
    const bench = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script]);
    let said = "";
    bench.stderr.on("data", (text) => {
      said += text;
    });
    bench.stdout.once("data", () => bench.kill("SIGTERM"));
    const code = await new Promise((resolve) => bench.on("close", resolve));
    expect(said).toMatch(/ended by SIGTERM after \d+ s, in fetching: 20 ms of latency; /);
    expect(code).toBe(143);
  });
});
