import { CheckpointError } from "../../errors/errors.ts";

/** A transfer that did not bring what was asked; the message says what to do. */
export class TransferError extends CheckpointError {
  override readonly name: string = "TransferError";
  /** Whether the same request may succeed a little later. */
  readonly isPassing: boolean;
  /** How long the server asked to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    options: ErrorOptions & { isPassing?: boolean; retryAfterMs?: number } = {},
  ) {
    super(message, options);
    this.isPassing = options.isPassing ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A file that is another one than at first: what came of it belongs to no single file. */
export class ChangedError extends CheckpointError {
  override readonly name: string = "ChangedError";
}

/** What Retry-After (seconds or a date) or a RateLimit header asks for, in milliseconds. */
export function retryAfter(headers: Headers): number | undefined {
  const asked = headers.get("retry-after");
  if (asked !== null) {
    const ms = /^\s*\d+\s*$/.test(asked) ? Number(asked) * 1000 : Date.parse(asked) - Date.now();
    if (Number.isFinite(ms)) return Math.max(0, ms);
  }
  const window = /;t=(\d+)/.exec(headers.get("ratelimit") ?? "")?.[1];
  return window === undefined ? undefined : Number(window) * 1000;
}
