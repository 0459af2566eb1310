/** One connection to one MCP server, as a person with an MCP client would use it. */
import {
  Client,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';

const CALL_TIMEOUT_MS = 60_000;

export interface VisitOptions {
  readonly url: URL;
  readonly token: string;
  readonly signal: AbortSignal;
  /** Waits before a call; false when the visit is to end. */
  readonly pause: () => Promise<boolean>;
}

export interface CallOptions {
  /** Changes its mind after this long, milliseconds. */
  readonly cancelAfterMs?: number;
}

/** What a script does things with. */
export interface Visit {
  /** The text a tool answered; undefined when the call failed, as some are meant to. */
  call(
    tool: string,
    args: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ): Promise<string | undefined>;
  readonly calls: number;
  readonly tools: readonly string[];
  close(): Promise<void>;
}

/** Thrown by `call` when the visit is over. */
export class VisitEnded extends Error {}

/** Connects and lists the tools. */
export async function openVisit(options: VisitOptions): Promise<Visit> {
  const client = new Client({ name: 'mcplog-demo', version: '0.1.0' });
  const headers = { authorization: `Bearer ${options.token}` };
  await client.connect(
    new StreamableHTTPClientTransport(options.url, { requestInit: { headers } }),
  );
  const { tools } = await client.listTools();
  let calls = 0;
  return {
    tools: tools.map(({ name }) => name),
    get calls() {
      return calls;
    },
    call: async (tool, args, { cancelAfterMs } = {}) => {
      if (!(await options.pause())) throw new VisitEnded();
      calls++;
      const mind = changeOfMind(cancelAfterMs);
      const signal = AbortSignal.any([options.signal, mind.signal]);
      return callTool(client, { name: tool, arguments: { ...args } }, signal).finally(mind.forget);
    },
    close: () => client.close(),
  };
}

/** The client sends the reason along with the cancellation. */
function changeOfMind(afterMs: number | undefined) {
  const mind = new AbortController();
  const reason = new Error('the user changed their mind');
  const timer = afterMs === undefined ? undefined : setTimeout(() => mind.abort(reason), afterMs);
  return { signal: mind.signal, forget: () => clearTimeout(timer) };
}

async function callTool(
  client: Client,
  params: { readonly name: string; readonly arguments: Record<string, unknown> },
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { content, isError } = await client.callTool(params, {
      signal,
      timeout: CALL_TIMEOUT_MS,
      onprogress: () => undefined,
    });
    if (isError === true) return undefined;
    return content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
  } catch (error) {
    if (signal.aborted || isAnswer(error)) return undefined;
    throw error;
  }
}

/** The server said no, or said nothing in time; the connection itself is well. */
function isAnswer(error: unknown): boolean {
  if (error instanceof ProtocolError) return true;
  return error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout;
}
