import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** What rivals/pytorch.py is asked to run, on inputs that lie in its file; with `show`, it gives its outputs too. */
export interface Question {
  readonly run: "bert" | "decoder" | "attention";
  /** Tokens of the input; of the decoder's prompt. */
  readonly tokens: number;
  /** Tokens the decoder adds, one at a time. */
  readonly steps?: number;
  /** Eager attention that gives the weights of all layers; else SDPA. */
  readonly reads?: boolean;
  readonly show?: boolean;
}

/** What rivals/interventions.py is asked to run. */
export interface InterventionQuestion {
  readonly run: "plain" | "hooks" | "lensAblation" | "lensPatching";
  readonly ids: readonly number[];
  /** Which of several results to give. */
  readonly show?: number;
  /** Of lensPatching: the cells, every head at every one of these. */
  readonly layers?: readonly number[];
  readonly positions?: readonly number[];
}

/** What rivals/training.py is asked to run. */
export interface TrainingQuestion {
  readonly run: "eager" | "compiled";
  readonly until: "forward" | "backward" | "step";
  /** Gives the loss, and the gradient of the first layer's first matrix behind its attention. */
  readonly show: boolean;
  readonly shape: { readonly layers: number; readonly heads: number; readonly epsilon: number };
  /** What torch.optim.AdamW takes. */
  readonly adam: object;
}

export interface Answer {
  readonly ms: number;
  readonly loss?: number;
  /** Why there is no answer. */
  readonly missing?: string;
  readonly output?: Float32Array;
  /** Of the last layer. */
  readonly weights?: Float32Array;
}

/** A PyTorch process that stays alive between questions. */
export interface PyTorch {
  readonly versions: string;
  ask(question: Question | InterventionQuestion | TrainingQuestion): Promise<Answer>;
  close(): void;
}

/** PyTorch with transformers on a safetensors file, or on what another script takes; undefined, and the reason printed, where it is missing. */
export async function openPyTorch(
  python: string,
  path: string,
  threads: number,
  script: "pytorch.py" | "interventions.py" | "training.py" = "pytorch.py",
): Promise<PyTorch | undefined> {
  const file = fileURLToPath(new URL(`rivals/${script}`, import.meta.url));
  const child = spawn(python, [file, path, String(threads)], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, OMP_NUM_THREADS: String(threads) },
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  child.on("error", (error) => {
    said += error.message;
  });
  // A question to a process that has ended is answered by the end of its lines.
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    return done ? undefined : (JSON.parse(value) as Record<string, string & number>);
  };
  const ready = await next();
  if (!ready) {
    console.error(skipped(said.trim().split("\n").at(-1) || `${python} ended`));
    return undefined;
  }
  return {
    versions: ready.versions!,
    async ask(question) {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const answer = await next();
      if (!answer) throw new Error(`bench: PyTorch ended: ${said.trim()}`);
      const { ms = Number.NaN, loss, output, weights, missing } = answer;
      return { ms, loss, missing, output: floats(output), weights: floats(weights) };
    },
    close() {
      child.stdin.end();
    },
  };
}

/** Why PyTorch is not measured, and what helps. */
export function skipped(reason: string): string {
  return `PyTorch is skipped: ${reason}. bench/README.md says how to set HEED_PYTORCH.`;
}

function floats(base64: string | undefined): Float32Array | undefined {
  if (base64 === undefined) return undefined;
  const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
  return new Float32Array(bytes.buffer);
}
