import { beforeEach, expect, test } from 'vitest';
import { McpHub, type Peer } from './mcp-hub.ts';
import type { RpcId, RpcMessage } from './rpc.ts';

class Client implements Peer {
  capabilities: Readonly<Record<string, unknown>> = {};
  isListening = true;
  hasEnded = false;
  readonly sessionId: string;
  readonly heard: { message: RpcMessage; related: RpcId | undefined }[] = [];

  constructor(sessionId: string) {
    this.sessionId = sessionId;
  }

  deliver(message: RpcMessage, related?: RpcId): void {
    this.heard.push({ message, related });
  }

  end(): void {
    this.hasEnded = true;
  }
}

let sent: RpcMessage[];
let hub: McpHub;
let ann: Client;
let ben: Client;

beforeEach(() => {
  sent = [];
  hub = new McpHub((line) => {
    sent.push(JSON.parse(line));
    return true;
  });
  [ann, ben] = [new Client('ann'), new Client('ben')];
  hub.join(ann);
  hub.join(ben);
});

const from = (peer: Peer, message: Omit<RpcMessage, 'jsonrpc'>) =>
  hub.fromClient(peer, { jsonrpc: '2.0', ...message });
const fromServer = (message: Omit<RpcMessage, 'jsonrpc'>) =>
  hub.receive(JSON.stringify({ jsonrpc: '2.0', ...message }));
const wireIdOf = (index: number) => sent[index]?.id as number;

test('the id 0, the string "0" and the same id of two clients stay apart', () => {
  from(ann, { id: 0, method: 'a' });
  from(ann, { id: '0', method: 'b' });
  from(ben, { id: 0, method: 'c' });
  expect(new Set(sent.map(({ id }) => id)).size).toBe(3);
  for (const index of [2, 1, 0]) fromServer({ id: wireIdOf(index), result: { index } });
  expect(ann.heard.map(({ message }) => [message.id, message.result])).toEqual([
    ['0', { index: 1 }],
    [0, { index: 0 }],
  ]);
  expect(ben.heard.map(({ message }) => [message.id, message.result])).toEqual([[0, { index: 2 }]]);
});

test('an answer that nobody asked for reaches nobody', () => {
  fromServer({ id: 99, result: {} });
  hub.receive('this is not json');
  hub.receive('{"jsonrpc":"1.0","id":1,"result":{}}');
  expect([...ann.heard, ...ben.heard]).toEqual([]);
});

test('progress tokens are made unique on the way in and restored on the way out', () => {
  const params = { _meta: { progressToken: 'p' }, x: 1 };
  from(ann, { id: 1, method: 'tools/call', params });
  from(ben, { id: 1, method: 'tools/call', params });
  expect(sent[0]?.params).toEqual({ _meta: { progressToken: wireIdOf(0) }, x: 1 });
  const progress = { progressToken: wireIdOf(1), progress: 5 };
  fromServer({ method: 'notifications/progress', params: progress });
  expect(ann.heard).toEqual([]);
  expect(ben.heard[0]).toMatchObject({ message: { params: { progressToken: 'p' } }, related: 1 });
});

test('a cancel names the request as the server knows it, and its late answer is dropped', () => {
  from(ann, { id: 'x', method: 'tools/call' });
  from(ben, { method: 'notifications/cancelled', params: { requestId: 'x' } });
  expect(sent).toHaveLength(1);
  from(ann, { method: 'notifications/cancelled', params: { requestId: 'x', reason: 'r' } });
  expect(sent[1]?.params).toEqual({ requestId: wireIdOf(0), reason: 'r' });
  fromServer({ id: wireIdOf(0), result: {} });
  expect(ann.heard).toEqual([]);
});

test('a question of the server goes to the client at work that can answer, and only it may', () => {
  ann.capabilities = { sampling: {} };
  from(ann, { id: 1, method: 'tools/call' });
  from(ben, { id: 1, method: 'tools/call' });
  fromServer({ id: 0, method: 'sampling/createMessage' });
  expect(ann.heard[0]).toMatchObject({ message: { id: 0 }, related: 1 });
  from(ben, { id: 0, result: { forged: true } });
  from(ann, { id: 0, result: { mine: true } });
  expect(sent.slice(2)).toEqual([{ jsonrpc: '2.0', id: 0, result: { mine: true } }]);
});

test('a question that nobody can answer is answered with an error, a ping with a pong', () => {
  fromServer({ id: 'q', method: 'roots/list' });
  fromServer({ id: 'p', method: 'ping' });
  expect(sent[0]).toMatchObject({ id: 'q', error: { code: -32601 } });
  expect(sent[1]).toMatchObject({ id: 'p', result: {} });
});

test('a server that takes initialize once gives later clients its first answer', () => {
  const result = { serverInfo: { name: 's' } };
  from(ann, { id: 1, method: 'initialize', params: { capabilities: { roots: {} } } });
  fromServer({ id: wireIdOf(0), result });
  from(ben, { id: 1, method: 'initialize', params: {} });
  fromServer({ id: wireIdOf(1), error: { code: -32600, message: 'already initialized' } });
  expect(ben.heard[0]?.message).toEqual({ jsonrpc: '2.0', id: 1, result });
  expect(ann.capabilities).toEqual({ roots: {} });
});

test('what concerns all goes to all that listen', () => {
  ben.isListening = false;
  fromServer({ method: 'notifications/tools/list_changed' });
  expect([ann.heard.length, ben.heard.length]).toEqual([1, 0]);
});

test('a client that leaves has its calls called off and its questions answered', () => {
  ann.capabilities = { roots: {} };
  from(ann, { id: 1, method: 'tools/call' });
  fromServer({ id: 7, method: 'roots/list' });
  hub.leave(ann);
  expect(sent.slice(1)).toMatchObject([
    { method: 'notifications/cancelled', params: { requestId: wireIdOf(0) } },
    { id: 7, error: { message: 'the client is gone' } },
  ]);
});

test('when the server ends, whoever waits is told why and every session ends', () => {
  from(ann, { id: 'w', method: 'tools/call' });
  hub.close('exit code 7');
  expect(ann.heard[0]?.message).toMatchObject({ id: 'w', error: { message: 'exit code 7' } });
  expect([ann.hasEnded, ben.hasEnded]).toEqual([true, true]);
  from(ben, { id: 2, method: 'tools/call' });
  expect(ben.heard[0]?.message).toMatchObject({ id: 2, error: { message: 'exit code 7' } });
  expect(sent).toHaveLength(1);
});
