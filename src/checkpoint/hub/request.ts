import { CheckpointError, InputError } from "../../errors/errors.ts";
import { shownAddress, withoutCredentials } from "../remote/shown-address.ts";
import {
  type Answer,
  ask,
  type Connection,
  connectionOf,
  withRetries,
} from "../remote/transfer.ts";
import { about, HubError, type HubSubject, refusal } from "./errors.ts";

/** How to talk to one hub. */
export interface HubConnection extends Connection {
  /** Without a slash at its end, and without a password. */
  readonly hubUrl: string;
  readonly token?: string;
  /** What the hub's own address asks to be sent: a name and a password. */
  readonly authorization?: string;
}

/** More than any listing or index has. */
const LARGEST_ANSWER = 256 * 1024 * 1024;

/** A connection with everything not given set to its default. */
export function hubConnection(
  given: Partial<HubConnection> & { readonly hubUrl: string },
): HubConnection {
  if (!URL.canParse(given.hubUrl) || !/^https?:/.test(given.hubUrl))
    throw new InputError(
      `hub: ${JSON.stringify(shownAddress(given.hubUrl))} is not an address. HF_ENDPOINT looks like https://huggingface.co.`,
    );
  const { url, authorization } = withoutCredentials(new URL(given.hubUrl));
  return {
    ...connectionOf(given),
    token: given.token,
    authorization,
    hubUrl: url.href.replace(/\/+$/, ""),
  };
}

/** One request, once. The token goes to the hub's own origin alone. Throws HubError. */
export async function request(
  connection: HubConnection,
  subject: HubSubject,
  url: string,
  init: RequestInit = {},
): Promise<Answer> {
  const { token, hubUrl, authorization } = connection;
  const headers = new Headers(init.headers);
  const isOwn = new URL(url).origin === new URL(hubUrl).origin;
  const sent = token ? `Bearer ${token}` : authorization;
  // A redirect to another origin loses the authorization header: fetch itself sees to that.
  if (sent && isOwn) headers.set("authorization", sent);
  return ask(
    connection,
    url,
    { ...init, headers },
    {
      unreachable: (why, options) =>
        new HubError(
          "unreachable",
          `hub: ${new URL(url).host} cannot be reached for ${about(subject)} (${why}). Is there a network? Behind a mirror, set HF_ENDPOINT.`,
          options,
        ),
      cut: (why, options) =>
        new HubError(
          "cut",
          `hub: the connection for ${about(subject)} was cut (${why}). What came is kept: try again.`,
          options,
        ),
      refused: ({ ok, status, headers }) =>
        ok ? undefined : refusal(status, headers, subject, hubUrl, token !== undefined),
    },
  );
}

/** The whole body of an answer, which has at most `most` bytes. */
export async function requestBytes(
  connection: HubConnection,
  subject: HubSubject,
  url: string,
  init: RequestInit = {},
  most = LARGEST_ANSWER,
): Promise<{ answer: Answer; bytes: Uint8Array<ArrayBuffer> }> {
  return withRetries(connection, async () => {
    const answer = await request(connection, subject, url, init);
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of answer.body()) {
      parts.push(part);
      length += part.byteLength;
      if (length > most)
        throw new CheckpointError(
          `hub: the answer for ${about(subject)} has more than the ${most} bytes that it may have. Is HF_ENDPOINT a true mirror?`,
        );
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.byteLength;
    }
    return { answer, bytes };
  });
}
