import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { RpcError } from './json-rpc.ts';
import type { NumberedLines } from './numbered-lines.ts';
import { longestWriteMs, type OutputStream, write } from './output.ts';
import { SECRET_ENCODINGS, type SecretEncoding, secretLines } from './secret-encodings.ts';
import { storm } from './storm.ts';

type Arguments = Readonly<Record<string, unknown>>;

export interface Tool {
  readonly description: string;
  /** JSON Schema of each argument; all are required unless `optional` names them. */
  readonly properties: Readonly<Record<string, object>>;
  readonly optional?: readonly string[];
  /** The text of the answer. */
  run(args: Arguments, lines: NumberedLines): string | Promise<string>;
}

/** A tool that answers with `isError: true` and this text. */
export class ToolFailure extends Error {}

const WHOLE = { type: 'integer', minimum: 0 };
const TEXT = { type: 'string' };
const STREAM = { type: 'string', enum: ['stdout', 'stderr'] };

export const TOOLS: Readonly<Record<string, Tool>> = {
  burst: {
    description: 'Write count numbered lines of this many bytes at once',
    properties: { count: WHOLE, bytes: WHOLE },
    run: (args, lines) => {
      const first = lines.lastNumber() + 1;
      lines.write(whole(args, 'count'), whole(args, 'bytes'));
      return JSON.stringify({ first, last: lines.lastNumber() });
    },
  },
  storm: {
    description: 'Write lines, each another one, at this pace for so many seconds',
    properties: { seconds: WHOLE, linesPerSecond: WHOLE },
    run: async (args) => {
      const [seconds, linesPerSecond] = [whole(args, 'seconds'), whole(args, 'linesPerSecond')];
      return JSON.stringify(await storm({ seconds, linesPerSecond }));
    },
  },
  print: {
    description: 'Write this text and a newline to stdout or stderr',
    properties: { stream: STREAM, text: TEXT },
    run: (args) => {
      const stream: OutputStream = text(args, 'stream') === 'stdout' ? 'stdout' : 'stderr';
      write(stream, `${text(args, 'text')}\n`);
      return 'printed';
    },
  },
  binary: {
    description: 'Write this many bytes, all 256 values in turn, to stderr',
    properties: { bytes: WHOLE },
    run: (args) => {
      write(
        'stderr',
        Uint8Array.from({ length: whole(args, 'bytes') }, (_, index) => index),
      );
      return 'written';
    },
  },
  no_newline: {
    description: 'Write this many bytes without any newline to stderr',
    properties: { bytes: WHOLE },
    run: (args) => {
      write('stderr', 'x'.repeat(whole(args, 'bytes')));
      return 'written';
    },
  },
  invalid_utf8: {
    description: 'Write a line that is not valid UTF-8 to stderr',
    properties: {},
    run: () => {
      const broken = [0xff, 0xfe, 0xc3, 0x28, 0xe2, 0x82];
      write('stderr', Buffer.concat([Buffer.from('broken '), Buffer.from(broken)]));
      write('stderr', ' end\n');
      return 'written';
    },
  },
  crash: {
    description: 'End the process with this exit code, without an answer',
    properties: { code: WHOLE },
    run: (args) => process.exit(whole(args, 'code')),
  },
  throw: {
    description: 'End the process with an uncaught error and its stack trace',
    properties: {},
    run: () => {
      setImmediate(() => {
        throw new TypeError('thrown on purpose by the load generator');
      });
      return new Promise<string>(() => undefined);
    },
  },
  sleep: {
    description: 'Answer after this many milliseconds',
    properties: { ms: WHOLE },
    run: async (args) => {
      await delay(whole(args, 'ms'));
      return 'slept';
    },
  },
  env: {
    description: 'Print an environment variable to stderr in several encodings',
    properties: {
      name: TEXT,
      encodings: { type: 'array', items: { type: 'string', enum: SECRET_ENCODINGS } },
    },
    optional: ['encodings'],
    run: (args) => {
      const value = process.env[text(args, 'name')];
      if (value === undefined) throw new ToolFailure('no such environment variable');
      write('stderr', secretLines(value, args.encodings as readonly SecretEncoding[] | undefined));
      return 'printed';
    },
  },
  fail: {
    description: 'Fail as a tool error or as a JSON-RPC error',
    properties: { kind: { type: 'string', enum: ['tool', 'rpc'] } },
    run: (args) => {
      if (args.kind === 'rpc') throw new RpcError(-32000, 'failed on purpose');
      throw new ToolFailure('failed on purpose');
    },
  },
  start_grandchild: {
    description: 'Start a process that outlives this one unless its group is killed; gives its pid',
    properties: {},
    run: () => String(spawn('sleep', ['3600'], { stdio: 'inherit' }).pid),
  },
  stats: {
    description: 'Numbers about this server: pid, last line, longest write per stream',
    properties: {},
    run: (_, lines) =>
      JSON.stringify({
        pid: process.pid,
        lastNumber: lines.lastNumber(),
        longestWriteMs: longestWriteMs(),
      }),
  },
};

function whole(args: Arguments, name: string): number {
  const value = args[name];
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new RpcError(-32602, `${name} must be a whole number of at least 0`);
}

function text(args: Arguments, name: string): string {
  const value = args[name];
  if (typeof value === 'string') return value;
  throw new RpcError(-32602, `${name} must be a text`);
}
