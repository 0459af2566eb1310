import { StringDecoder } from 'node:string_decoder';
import { write } from './output.ts';

/** Answers one request; what it throws becomes the JSON-RPC error. */
export type RequestHandler = (method: string, params: unknown) => unknown;

export class RpcError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

interface Request {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: unknown;
}

/** Serves newline-delimited JSON-RPC 2.0 on stdin and stdout; requests may overtake each other. */
export function serveJsonRpc(handle: RequestHandler): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  process.stdin.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') void answer(line, handle);
  });
}

async function answer(line: string, handle: RequestHandler): Promise<void> {
  const request = parse(line);
  if (request === undefined)
    return send({ id: null, error: { code: -32700, message: 'not JSON' } });
  if (request.method === undefined || request.id === undefined) return;
  try {
    send({ id: request.id, result: await handle(request.method, request.params) });
  } catch (error) {
    const code = error instanceof RpcError ? error.code : -32603;
    send({ id: request.id, error: { code, message: (error as Error).message } });
  }
}

function parse(line: string): Request | undefined {
  try {
    return JSON.parse(line) as Request;
  } catch {
    return undefined;
  }
}

function send(message: object): void {
  write('stdout', `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}
