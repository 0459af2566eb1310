import { expect, test } from 'vitest';
import { inferLevel } from './index.ts';

type Case = readonly [level: string, reason: string, message: string];

function check(cases: readonly Case[]): void {
  const told = cases.map(([, , message]) => {
    const { level, reason } = inferLevel(message, 'stderr');
    return [level, reason, message];
  });
  expect(told).toEqual(cases);
}

test('a field of a structured line decides, by the numbers of its own library', () => {
  check([
    ['info', 'field', '{"level":30,"time":1795440000000,"pid":7,"hostname":"h","msg":"ready"}'],
    ['warn', 'field', '{"level":40,"time":1795440000000,"pid":7,"hostname":"h","msg":"slow"}'],
    ['error', 'field', '{"name":"app","hostname":"h","pid":7,"level":60,"msg":"gone","v":0}'],
    ['debug', 'field', '{"level":10,"time":1,"msg":"deep"}'],
    ['warn', 'field', '{"levelno":30,"levelname":"WARNING","message":"m"}'],
    ['warn', 'field', '{"level":30,"lineno":12,"funcName":"main","message":"m"}'],
    ['error', 'field', '{"levelno":40,"message":"m"}'],
    ['info', 'field', '{"level":"info","message":"0 errors found"}'],
    ['warn', 'field', '{"level":"warning","event":"slow"}'],
    ['error', 'field', '{"time":"2026-11-23T06:00:00Z","level":"ERROR","msg":"m"}'],
    ['error', 'field', '{"level":"dpanic","ts":1525294364.332839,"msg":"m"}'],
    ['error', 'field', '{"severityNumber":17,"body":"m"}'],
    ['debug', 'field', '{"severity_number":5,"body":"m"}'],
    ['error', 'field', '{"severity":"CRITICAL","message":"m"}'],
    ['warn', 'field', '{"version":"1.1","host":"h","short_message":"m","level":4}'],
    ['info', 'field', '{"EventId":14,"LogLevel":"Information","Category":"H","Message":"m"}'],
    ['warn', 'field', '{"text":"x","record":{"level":{"name":"WARNING","no":30},"message":"m"}}'],
    ['debug', 'field', 'time=2024-06-20T10:07:22.133+08:00 level=DEBUG msg="starting up"'],
    ['warn', 'field', 'time="2026-11-23T06:00:00Z" level=warning msg="disk 91 %"'],
    ['error', 'field', 'level=error ts=2026-11-23T06:00:00Z msg="failed"'],
    ['info', 'default', '{"a":1,"note":"an error inside"}'],
  ]);
});

test('a word in the head of a line decides', () => {
  check([
    ['error', 'prefix', 'ERROR: cannot open'],
    ['error', 'prefix', 'error: cannot open'],
    ['error', 'prefix', '[ERROR] cannot open'],
    ['info', 'prefix', '[info] error log rotated'],
    ['warn', 'prefix', '[server] [warn] slow'],
    ['error', 'prefix', '[Tue Nov 23 06:00:00.1 2026] [core:error] [pid 35708:tid 1] x'],
    ['error', 'prefix', '2023/01/01 00:00:00 [error] 123#0: *1 open() failed'],
    ['info', 'prefix', 'INFO:     Started server process [7]'],
    ['warn', 'prefix', 'WARNING:root:careful'],
    ['error', 'prefix', '2026-11-23 06:00:00,123 - server - ERROR - tool failed'],
    ['info', 'prefix', '2026-11-23 06:00:00,123 server INFO no error here'],
    ['error', 'prefix', '2026-11-23 06:00:00.123 | ERROR    | app:main:12 - failed'],
    [
      'info',
      'prefix',
      '2026-02-19T12:22:37.451Z  INFO 128443 --- [myapp] [  main] o.s.App : Starting',
    ],
    ['info', 'prefix', '2026-11-23T06:00:00.123456Z  INFO rmcp::service: error count 0'],
    [
      'info',
      'prefix',
      '2018-05-02T13:52:44.332-0700\tINFO\tsimple1/main.go:29\tmsg\t{"region": "us"}',
    ],
    ['warn', 'prefix', '2026-11-23T06:00:00Z warn: slow'],
    ['error', 'prefix', '2024/06/20 10:07:22 ERROR msg'],
    ['info', 'prefix', '[12:00:00.000] INFO (123): ready'],
    ['warn', 'prefix', '12:00:00.123 [main] WARN  com.example.App - slow'],
    ['warn', 'prefix', 'W1123 06:00:00.123456    1234 server.go:12] slow'],
    ['error', 'prefix', '6:00AM ERR failed to load'],
    ['info', 'prefix', 'INFO[0000] ready'],
    ['error', 'prefix', 'fail: Microsoft.Hosting.Lifetime[14]\n      Cannot bind'],
    ['info', 'prefix', 'info: Microsoft.Hosting.Lifetime[14]\n      Now listening'],
    ['error', 'prefix', 'Nov 23, 2026 1:37:14 PM Jul main\nSEVERE: tool failed'],
    ['warn', 'prefix', 'Nov 23, 2026 1:37:14 PM Jul main\nWARNING: slow'],
    ['warn', 'prefix', '(node:7) [DEP0005] DeprecationWarning: Buffer() is deprecated'],
    ['warn', 'prefix', '(node:7) Warning: something'],
    ['warn', 'prefix', '02:46:37 W depot.router lane 3 is slow'],
    ['error', 'prefix', '    68 MainThread CRITICAL depot closes'],
    ['warn', 'prefix', '(Use `node --trace-deprecation ...` to show where)'],
    ['warn', 'prefix', '/tmp/a.py:2: DeprecationWarning: old interface\n  warnings.warn("x")'],
    ['warn', 'prefix', 'npm warn deprecated x@1: error prone'],
    ['error', 'prefix', 'npm error code ENOTCACHED'],
    ['error', 'prefix', 'npm ERR! code E404'],
    ['error', 'prefix', '<3>kernel says no'],
    ['info', 'prefix', '<165>1 2003-10-11T22:14:15.003Z host app - - - m'],
    ['error', 'prefix', 'gcc: error: no input files'],
    ['error', 'prefix', '❌ Error: cannot open'],
    ['debug', 'prefix', '[2026-11-23T06:00:00Z DEBUG crate] m'],
    ['error', 'prefix', 'FATAL: role does not exist'],
  ]);
});

test('words inside ordinary text are no level', () => {
  const healthy = [
    'First, look at the error log.',
    'Secure MCP Filesystem Server running on stdio',
    'error log opened',
    'errors: 0',
    '0 errors, 0 warnings',
    '3 ERRORS were fixed last week',
    'Finished with no error: all good',
    'Warnings are shown below',
    'Information about the error handler',
    'Fine tuning started',
    'info://resources/error',
    'config: loaded',
    'Failed jobs are retried by default',
    'user typed: panic',
    'Loading errors.json',
    '│ 💭 Thought 1/3: the error is elsewhere │',
    'Debugger attached.',
    'the critical section is short',
    '',
    '   ',
    '12 fatal words',
  ];
  check(healthy.map((message): Case => ['info', 'default', message]));
});

test('a word is no level because every object has a key of its name', () => {
  check([['info', 'default', '02:46:37 constructor of the depot']]);
});

test('the HTTP status of an access line decides, and may raise what a logger said', () => {
  check([
    ['info', 'status', '127.0.0.1 - - [23/Nov/2026:06:00:00 +0000] "GET /x HTTP/1.1" 200 12'],
    ['error', 'status', '::1 - - [23/Nov/2026:06:00:00 +0000] "POST /x HTTP/1.1" 502 -'],
    ['info', 'prefix', 'INFO:     127.0.0.1:39578 - "GET /mcp?x=1 HTTP/1.1" 200 OK'],
    [
      'error',
      'status',
      'INFO:     127.0.0.1:39578 - "GET /mcp HTTP/1.1" 500 Internal Server Error',
    ],
    ['warn', 'status', 'GET /missing 404 1.234 ms - 12'],
    ['warn', 'status', '[GIN] 2026/11/23 - 06:00:00 | 404 |  1.2ms | 127.0.0.1 | GET      "/x"'],
    [
      'error',
      'status',
      '{"level":30,"pid":1,"hostname":"h","req":{"method":"GET","url":"/x"},"res":{"statusCode":500},"msg":"request errored"}',
    ],
    ['warn', 'status', 'INFO - HTTP Request: GET https://api.test/x "HTTP/1.1 401 Unauthorized"'],
  ]);
});

test('an exception without a word in its head is an error by its shape', () => {
  check([
    ['error', 'trace', 'TypeError: fetch failed'],
    ['error', 'trace', 'usage: mail [-h]\nmail: error: argument --retries: invalid int value'],
    ['error', 'trace', 'Usage: mail [OPTIONS]\n\nError: No such option: -x'],
    ['error', 'trace', "/usr/bin/python3: Error while finding module specification for 'm'"],
    ['error', 'trace', 'Traceback (most recent call last):\n  File "a.py", line 1\nKeyError: 1'],
    ['error', 'trace', "thread 'main' panicked at src/main.rs:2:5:\nindex out of bounds"],
    ['error', 'prefix', 'panic: assignment to nil map\n\ngoroutine 1 [running]:\nmain.main()'],
    ['error', 'trace', 'Failed to fetch: x\n    at load (file.js:1:2)'],
    ['error', 'trace', 'java.lang.IllegalStateException: x\n\tat App.main(App.java:4)'],
    ['error', 'trace', 'Unhandled exception. System.InvalidOperationException: x\n   at P.Main()'],
    [
      'warn',
      'trace',
      'Traceback (most recent call last):\n  File "a.py", line 1\nKeyboardInterrupt',
    ],
  ]);
});
