import { expect, test } from 'vitest';
import { inferLevel } from './index.ts';
import { cleanLine } from './line-text.ts';

/** One line or record of each format that servers write, and the level a person reads in it. */
const FORMATS: readonly (readonly [string, string])[] = [
  ['{"level":30,"time":1,"pid":1,"hostname":"h","msg":"x"}', 'info'],
  ['{"levelno":30,"levelname":"WARNING","msg":"x"}', 'warn'],
  ['{"level":40,"time":1,"pid":1,"hostname":"h"}', 'warn'],
  ['{"name":"a","hostname":"h","pid":1,"level":60,"msg":"x","time":"t","v":0}', 'error'],
  ['{"level":"dpanic","ts":1,"msg":"x"}', 'error'],
  ['{"level":"silly","message":"x"}', 'debug'],
  ['{"level":"http","message":"x"}', 'info'],
  ['\u001b[32minfo\u001b[39m: x', 'info'],
  ['2018-05-02T13:52:44.332-0700\tINFO\tsimple1/main.go:29\tmsg\t{"region": "us-west"}', 'info'],
  ['2018-05-02T13:52:44.332-0700\tDPANIC\tsimple1/main.go:29\tmsg', 'error'],
  ['{"level":"info","ts":1525294364.332839,"caller":"simple1/main.go:43","msg":"..."}', 'info'],
  ['time=2024-06-20T10:07:22.133+08:00 level=DEBUG msg="..."', 'debug'],
  ['2024/06/20 10:07:22 ERROR msg', 'error'],
  ['2026-11-23T06:00:00.123456Z  INFO rmcp::service: x', 'info'],
  ['{"timestamp":"t","level":"INFO","target":"x","fields":{"message":"y"}}', 'info'],
  [
    '2026-02-19T12:22:37.451Z  INFO 128443 --- [myapp] [           main] o.s.b.d.f.logexample.MyApplication       : Starting',
    'info',
  ],
  ['2026-02-19T12:22:37.451Z ERROR 128443 --- [myapp] [           main] o.s.b : x', 'error'],
  [
    'panic: x\n\ngoroutine 1 [running]:\nmain.main()\n\t/path/main.go:8 +0x39\nexit status 2',
    'error',
  ],
  ['(node:7) [DEP0005] DeprecationWarning: x', 'warn'],
  ['npm warn deprecated x', 'warn'],
  ['npm ERR! code E', 'error'],
  ['npm notice x', 'info'],
  ['/a/b.py:12: DeprecationWarning: text\n  source', 'warn'],
  ['Fatal Python error: Segmentation fault\n\nCurrent thread', 'error'],
  ['Traceback (most recent call last):\n  File "a", line 1\nKeyboardInterrupt', 'warn'],
  ['First, look at the error log.', 'info'],
  ['0 errors', 'info'],
  ['info: Microsoft.Hosting.Lifetime[14]\n      Now listening', 'info'],
  ['fail: Cat[0]\n      x', 'error'],
  ['Nov 23, 2026 4:32:02 PM Tuned jul\nSEVERE: no', 'error'],
  ['INFO:     127.0.0.1:39578 - "GET /mcp?x=1 HTTP/1.1" 200 OK', 'info'],
  ['[INFO] Calling https://x', 'info'],
  ['Received CallToolRequest: {\n  a: 1\n}', 'info'],
  ['{"severity":"WARNING","message":"x"}', 'warn'],
  ['{"SeverityNumber":17,"Body":"x"}', 'error'],
  ['{"@l":"Error","@m":"x"}', 'error'],
  ['{"short_message":"x","level":3,"version":"1.1"}', 'error'],
  ['ERRO[0001] x', 'error'],
  ['2026-11-23 06:00:00 | SUCCESS  | a:b:1 - x', 'info'],
  ['2026-11-23 06:00:00 [warning  ] x', 'warn'],
  ['[12:00:01 ERR] x', 'error'],
  ['<11>Nov 23 06:00:00 host app: x', 'error'],
  ['W1123 06:00:03.123456    4242 a.go:72] x', 'warn'],
  ['12:00AM ERR x error="y"', 'error'],
  ['3:04PM WRN x', 'warn'],
  ['level=warn ts=2026-11-23T06:00:00Z msg=x', 'warn'],
  ['06:00:00.081 [main] DEBUG a.B -- x', 'debug'],
  ['[2026-11-23T06:00:00Z ERROR catalogue] x', 'error'],
  ['catalogue:http an error page +3ms', 'info'],
  ['Error: x', 'error'],
  ['error: something failed', 'error'],
  ['Warning: cache is cold', 'warn'],
  ['WARN  [server] x', 'warn'],
  ['✖ failed', 'info'],
  ['[2026-11-23 06:00:00 +0000] [7] [ERROR] Exception in worker process', 'error'],
  ['[2026-11-23 06:00:00 +0000] [7] [INFO] Booting worker with pid: 7', 'info'],
  ['2026-11-23 06:00:00,123:ERROR:library.desk:no such book', 'error'],
  ['06:00:00,123:WARNING:library.desk:retry, 3 left', 'warn'],
];

test.each(FORMATS)('%s', (printed, level) => {
  const text = printed
    .split('\n')
    .map((line) => cleanLine(Buffer.from(line)).text)
    .join('\n');
  expect(inferLevel(text, 'stderr').level).toBe(level);
});
