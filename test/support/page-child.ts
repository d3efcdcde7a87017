// Runs the code and the commands of pages, one after the other in one process: jobs come as JSON on stdin, results go to stdout.
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

/** A file of code, or the arguments of a command line. */
export interface PageJob {
  readonly file?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** What a job printed, and how it ended. */
export interface PageResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const jobs = JSON.parse(Buffer.concat(chunks).toString("utf8")) as PageJob[];
const write = process.stdout.write.bind(process.stdout);
const results: PageResult[] = [];
for (const [number, job] of jobs.entries()) results.push(await carriedOut(job, number));
write(JSON.stringify(results), () => process.exit(0));

async function carriedOut(
  { file, args, env, stdin }: PageJob,
  number: number,
): Promise<PageResult> {
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    process[name].write = ((text: string | Uint8Array, ...rest: unknown[]) => {
      printed[name] += typeof text === "string" ? text : Buffer.from(text).toString("utf8");
      const done = rest.at(-1);
      if (typeof done === "function") done();
      return true;
    }) as typeof process.stdout.write;
  const before = Object.keys(env ?? {}).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  process.exitCode = 0;
  process.argv = [process.argv[0]!, file ? fileURLToPath(file) : "heed", ...(args ?? [])];
  Object.defineProperty(process, "stdin", { value: Readable.from([Buffer.from(stdin ?? "")]) });
  try {
    // The number makes a file run anew; what it imports is loaded once.
    await import(`${file ?? "../../src/cli/main.ts"}?${number}`);
  } catch (error) {
    process.exitCode = 1;
    printed.stderr += String(error);
  }
  for (const [name, value] of before)
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  return { code: Number(process.exitCode ?? 0), ...printed };
}
