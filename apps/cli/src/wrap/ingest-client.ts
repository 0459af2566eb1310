import { IngestAnswer, WrapAnswer } from '@mcplog/protocol';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { unreachable } from '../api-client.ts';

/** How a request ended. */
export type IngestOutcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** The run is over or unknown: begin another. */
  | { readonly kind: 'run-over'; readonly words: string }
  /** These lines will never be accepted. */
  | { readonly kind: 'refused'; readonly words: string }
  /** Later perhaps. */
  | { readonly kind: 'later'; readonly words: string };

export interface Target {
  readonly url: string;
  readonly token: string;
}

const BeginAnswer = Type.Object({ data: WrapAnswer });
const LinesAnswer = Type.Object({ data: IngestAnswer });
const REQUEST_TIMEOUT_MS = 30_000;

export function beginRun(
  target: Target,
  about: { readonly name: string; readonly command: readonly string[] },
  signal: AbortSignal,
): Promise<IngestOutcome<WrapAnswer>> {
  return post(
    { target, path: '/api/v1/ingest/wrap', signal },
    async (response) => {
      const value = (await response.json()) as unknown;
      return Value.Check(BeginAnswer, value) ? value.data : undefined;
    },
    { type: 'application/json', body: JSON.stringify(about) },
  );
}

/** The answer says through which n everything is accepted. */
export function sendLines(
  target: Target,
  lines: { readonly instanceId: string; readonly run: number; readonly body: string },
  signal: AbortSignal,
): Promise<IngestOutcome<number>> {
  const path = `/api/v1/ingest/wrap/${encodeURIComponent(lines.instanceId)}/${lines.run}`;
  return post(
    { target, path, signal },
    async (response) => {
      const value = (await response.json()) as unknown;
      return Value.Check(LinesAnswer, value) ? value.data.accepted_through : undefined;
    },
    { type: 'application/x-ndjson', body: lines.body },
  );
}

interface Request {
  readonly target: Target;
  readonly path: string;
  readonly signal: AbortSignal;
}

async function post<T>(
  { target, path, signal }: Request,
  read: (response: Response) => Promise<T | undefined>,
  content: { readonly type: string; readonly body: string },
): Promise<IngestOutcome<T>> {
  const limit = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  try {
    const response = await fetch(`${target.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${target.token}`, 'content-type': content.type },
      body: content.body,
      redirect: 'error',
      signal: AbortSignal.any([signal, limit]),
    });
    if (!response.ok) return refusalOf(response.status, await response.text());
    const value = await read(response);
    if (value !== undefined) return { kind: 'done', value };
    return { kind: 'later', words: `${target.url} did not answer as mcplog does` };
  } catch (error) {
    return { kind: 'later', words: unreachable(target.url, error) };
  }
}

function refusalOf<T>(status: number, text: string): IngestOutcome<T> {
  const words = `status ${status}: ${text.slice(0, 500)}`;
  if (status === 404 || status === 409 || status === 410) return { kind: 'run-over', words };
  if (status === 400 || status === 413 || status === 422) return { kind: 'refused', words };
  return { kind: 'later', words };
}
