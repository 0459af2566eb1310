/** rsyslog: lines over TCP, two regular expressions choose among three JSON files per user. */
import { createReadStream, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { eventually, freePort, startProgram } from '@mcplog/test-kit';
import { cpuSecondsOf, peakBytesOf } from '../proc-stat.ts';
import { type Contender, type IngestPlan, RUN_MS_MAX } from './contender.ts';
import { writeLineFiles } from './line-files.ts';
import { countLines, untilLastLine } from './written-files.ts';

export const RSYSLOG = 'rsyslogd';

export async function openRsyslog(plan: IngestPlan): Promise<Contender> {
  const port = await freePort();
  const out = join(plan.dir, 'logs');
  const config = join(plan.dir, 'rsyslog.conf');
  mkdirSync(out, { recursive: true });
  writeFileSync(config, rsyslogConfig(out, port));
  const args = ['-n', '-f', config, '-i', join(plan.dir, 'rsyslog.pid')];
  const program = await startProgram(RSYSLOG, { args });
  await eventually(() => listens(port));
  let round = 0;
  return {
    name: 'rsyslog',
    instances: plan.instances,
    ingest: async () => {
      round++;
      const files = writeLineFiles({
        ...plan,
        dir: join(plan.dir, 'lines'),
        prefix: (instance) =>
          `<14>1 2026-11-23T13:00:00.000Z ${userOf(round, instance)} figma 1 - - `,
      });
      const dirs = files.map((_, instance) => join(out, userOf(round, instance)));
      const cpuBefore = cpuSecondsOf(program.pid);
      const startedMs = performance.now();
      const sent = Promise.all(files.map((file) => send(file, port)));
      for (const dir of dirs) {
        await untilLastLine(join(dir, 'app.log'), { timeoutMs: RUN_MS_MAX });
      }
      const seconds = (performance.now() - startedMs) / 1000;
      const cpuSeconds = { rsyslogd: cpuSecondsOf(program.pid) - cpuBefore };
      await sent;
      const peakMiB = { rsyslogd: peakBytesOf(program.pid) / 2 ** 20 };
      return { seconds, cpuSeconds, peakMiB, counts: countLines(dirs) };
    },
    close: async () => {
      await program.end('SIGTERM');
    },
  };
}

function userOf(round: number, instance: number): string {
  return `user-${round}-${instance}`;
}

async function send(file: string, port: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port });
  await pipeline(createReadStream(file, { highWaterMark: 64 * 1024 }), socket);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/**
 * Its defaults where they matter: no sync of the files, one worker per queue. The message starts
 * with the space that follows an empty structured data, hence position.from.
 */
function rsyslogConfig(out: string, port: number): string {
  const file = (name: string) => `template(name="${name}-file" type="string"
  string="${out}/%hostname%/${name}.log")`;
  const write = (name: string) =>
    `action(type="omfile" dynaFile="${name}-file" template="entry" dynaFileCacheSize="2048")`;
  return `
global(workDirectory="${out}" maxMessageSize="64k")
module(load="imtcp")
${['app', 'access', 'error'].map(file).join('\n')}
template(name="entry" type="list" option.jsonf="on") {
  property(outname="timestamp" name="timegenerated" dateFormat="rfc3339" format="jsonf")
  property(outname="level" name="syslogseverity-text" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
  property(outname="userId" name="hostname" format="jsonf")
  property(outname="service" name="app-name" format="jsonf")
}
ruleset(name="lines" queue.type="LinkedList" queue.size="100000") {
  if re_match($msg, '"(GET|POST|PUT|PATCH|DELETE|HEAD) [^ ]+ HTTP/[0-9.]+" [0-9]+') then {
    ${write('access')}
  } else if re_match($msg, '(^|[^A-Za-z])(ERROR|FATAL|CRITICAL)([^A-Za-z]|$)') then {
    ${write('error')}
  } else {
    ${write('app')}
  }
}
input(type="imtcp" address="127.0.0.1" port="${port}" ruleset="lines")
`;
}
