import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Row } from "./claim.ts";

/** The Node that claims about WebAssembly are about: relaxed SIMD is on by itself from 22 on. */
const NODE = 26;

/** The rows that a script of this folder prints, in a process of its own, started with this Node if it is new enough, else with HEED_NODE, else with what npx gets. */
export async function inNewNode(name: string): Promise<Row[]> {
  const script = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const isNew = Number(process.versions.node.split(".")[0]) >= NODE;
  const own = isNew ? process.execPath : process.env.HEED_NODE;
  const [command, ...words] = own ? [own] : ["npx", "-y", "-p", `node@${NODE}`, "node"];
  const child = spawn(command!, [...words, script], { stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  for (const pipe of ["stdout", "stderr"] as const)
    child[pipe].setEncoding("utf8").on("data", (text: string) => {
      said[pipe] += text;
    });
  const code = await new Promise<number | null>((resolve) => {
    child.on("error", () => resolve(null)).on("close", resolve);
  });
  // What it could not compare with, and why it ended.
  if (said.stderr) console.error(said.stderr.trimEnd());
  if (code === 0) return JSON.parse(said.stdout.trim().split("\n").pop()!) as Row[];
  console.error(
    `${name}: nothing measured in Node ${NODE}: ${command} ${said.stderr ? "ended with the error above" : "did not start"} (HEED_NODE can name another)`,
  );
  return [];
}
