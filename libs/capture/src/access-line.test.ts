import { expect, test } from 'vitest';
import { parseAccessLine } from './index.ts';

const TAIL = '"-" "curl/8.4"';

test.each([
  [
    `127.0.0.1 - ann [23/Nov/2026:06:00:00 +0000] "GET /ok?token=abc HTTP/1.1" 200 2 ${TAIL}`,
    'GET',
    '/ok',
    200,
    undefined,
  ],
  [
    `10.0.0.1 - - [23/Nov/2026:06:00:00 +0000] "GET /ok HTTP/1.1" 200 - ${TAIL} 0.012`,
    'GET',
    '/ok',
    200,
    12,
  ],
  ['::1 - - [23/Nov/2026 06:00:01] "POST /mcp HTTP/1.1" 500 -', 'POST', '/mcp', 500, undefined],
  [
    'INFO:     127.0.0.1:39578 - "GET /mcp?x=1 HTTP/1.1" 404 Not Found',
    'GET',
    '/mcp',
    404,
    undefined,
  ],
  [
    '2026-11-23 06:00:00,123 - httpx - INFO - HTTP Request: GET https://api.example.org/v1/x?key=1 "HTTP/1.1 401 Unauthorized"',
    'GET',
    '/v1/x',
    401,
    undefined,
  ],
  [
    'INFO:httpx:HTTP Request: POST https://api.example.org "HTTP/1.1 200 OK"',
    'POST',
    '/',
    200,
    undefined,
  ],
  [
    'DEBUG:urllib3.connectionpool:https://h:443 "GET /v1?y=1 HTTP/1.1" 200 512',
    'GET',
    '/v1',
    200,
    undefined,
  ],
  ['GET /ok 200 1.234 ms - 2', 'GET', '/ok', 200, 1.234],
  ['GET /missing 404 - ms - -', 'GET', '/missing', 404, undefined],
  ['::1 - GET /ok HTTP/1.1 200 2 - 1.2 ms', 'GET', '/ok', 200, 1.2],
  [
    '[GIN] 2026/11/23 - 06:00:00 | 500 |  1.5µs | 127.0.0.1 | GET "/x?y=1"',
    'GET',
    '/x',
    500,
    0.0015,
  ],
  ['--> DELETE /x 204 12ms', 'DELETE', '/x', 204, 12],
  [
    'time="06:00" level=info msg=request method=GET path=/x?k=1 status=200 duration=1.5s',
    'GET',
    '/x',
    200,
    1500,
  ],
  [
    '{"level":30,"pid":1,"hostname":"h","req":{"method":"GET","url":"/ok?token=a"},"res":{"statusCode":500},"responseTime":12,"msg":"request errored"}',
    'GET',
    '/ok',
    500,
    12,
  ],
  [
    '{"level":"info","logger":"http.log.access","request":{"method":"GET","uri":"/x?y=1"},"status":200,"duration":0.0015}',
    'GET',
    '/x',
    200,
    1.5,
  ],
  ['{"request":"GET /a?b=1 HTTP/1.1","status":"404","request_time":"0.012"}', 'GET', '/a', 404, 12],
  [
    '{"httpRequest":{"requestMethod":"PUT","requestUrl":"https://h/x?y","status":500,"latency":"0.123s"}}',
    'PUT',
    '/x',
    500,
    123,
  ],
] as const)('%s', (line, ...[method, path, status, durationMs]) => {
  expect(parseAccessLine(line)).toEqual({ method, path, status, durationMs });
});

test.each([
  '[INFO] Calling https://api.figma.com/v1/files/abc',
  '<-- GET /x',
  'sent GET /x 3000 times',
  'the answer to GET /x 200 was fine',
  'GET /x 999 1 ms',
  'method=GET path=/x',
  '{"method":"GET","path":"/x"}',
  '{"jsonrpc":"2.0","method":"tools/call","params":{"path":"/x"},"status":200}',
  `GET ${'/x'.repeat(5000)} 200`,
])('is no access line: %s', (line) => {
  expect(parseAccessLine(line)).toBeUndefined();
});
