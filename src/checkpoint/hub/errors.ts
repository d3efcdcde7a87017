import { retryAfter, TransferError } from "../remote/transfer-error.ts";

/** Why a hub did not give what was asked. Unreachable, busy and cut pass; the rest do not. */
export type HubFailure =
  | "unreachable"
  | "busy"
  | "cut"
  | "denied"
  | "repository"
  | "revision"
  | "file"
  | "refused";

/** A hub that did not give what was asked; the message says what to do. */
export class HubError extends TransferError {
  override readonly name: string = "HubError";
  readonly failure: HubFailure;

  constructor(
    failure: HubFailure,
    message: string,
    options: ErrorOptions & { isPassing?: boolean; retryAfterMs?: number } = {},
  ) {
    const isPassing = failure === "unreachable" || failure === "busy" || failure === "cut";
    super(message, { isPassing, ...options });
    this.failure = failure;
  }
}

/** What a request is about, for messages. */
export interface HubSubject {
  readonly id: string;
  readonly revision: string;
  readonly file?: string;
}

/** What a request was about, as messages say it. */
export function about({ id, revision, file }: HubSubject): string {
  return `${file ? `${file} of ` : ""}${id} at ${revision}`;
}

/** An answer that is not what was asked for, as an error that says what to do. */
export function refusal(
  status: number,
  headers: Headers,
  subject: HubSubject,
  hubUrl: string,
  hasToken: boolean,
): HubError {
  const { id, revision, file } = subject;
  const code = headers.get("x-error-code") ?? "";
  const token = "a token from https://huggingface.co/settings/tokens";
  if (status === 429 || status === 408 || status >= 500)
    return new HubError(
      "busy",
      `hub: ${hubUrl} answers ${status} for ${about(subject)}. Try again in a while.`,
      { retryAfterMs: retryAfter(headers) },
    );
  if (code === "GatedRepo" || (status === 403 && code === ""))
    return new HubError(
      "denied",
      `hub: ${id} is gated (${status}). Accept its licence at ${hubUrl}/${id}, then set HF_TOKEN to ${token}` +
        `${hasToken ? " of the account that accepted it" : ""}.`,
    );
  if (code === "RevisionNotFound")
    return new HubError(
      "revision",
      `hub: ${id} has no revision ${revision}. Write a branch (main), a tag, refs/pr/7 or a commit.`,
    );
  if (code === "EntryNotFound" || (status === 404 && file !== undefined && code === ""))
    return new HubError("file", `hub: ${id} has no file ${file ?? "of that name"} at ${revision}.`);
  if (status === 401 && hasToken && code !== "RepoNotFound")
    return new HubError(
      "denied",
      `hub: the token is refused for ${id} (401). Set HF_TOKEN to ${token}, or unset it for public models.`,
    );
  if (status === 401 || status === 404)
    return new HubError(
      "repository",
      `hub: there is no repository ${id}, or it is private (${status}). Check the spelling` +
        `${hasToken ? "; can the token's account see it?" : `; for a private one set HF_TOKEN to ${token}.`}`,
    );
  const said = headers.get("x-error-message");
  return new HubError(
    status === 403 ? "denied" : "refused",
    `hub: the answer for ${about(subject)} is ${status}${said ? ` (${said})` : ""}.`,
  );
}
