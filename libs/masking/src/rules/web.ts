import { isSecretValue, looksRandom } from '../plausible.ts';
import type { MaskRule } from '../rule.ts';
import { hasDigit, isBasicCredentials } from '../validators.ts';
import { headerEnd, parametersEnd, valueEnd } from '../value-extent.ts';
import { sample } from './sample.ts';

const BASIC = 'YWRhOmh1bnRlcjI=';
const HEADER_SEPARATOR = String.raw`\\{0,8}["']?\s{0,4}[:=,]\s{0,4}\\{0,8}["']?`;

/** Credentials in headers, addresses and query strings. */
export const WEB_RULES: readonly MaskRule[] = [
  {
    id: 'authorization-header',
    group: 'context',
    reason: 'The value of an Authorization or Proxy-Authorization header, its scheme kept.',
    keywords: ['authorization'],
    pattern: new RegExp(
      `(?<head>authorization${HEADER_SEPARATOR}(?:\\[\\s{0,4}\\\\{0,8}["'])?(?:[a-z][\\w-]{2,30}\\s{1,4}(?=\\S{6}))?)(?=[^\\s"'])`,
      'gi',
    ),
    extent: (text, start) =>
      /(?:digest|oauth|sha256)\s*$/i.test(text.slice(Math.max(0, start - 24), start))
        ? parametersEnd(text, start)
        : valueEnd(text, start),
    accepts: ({ value }) =>
      value.length >= 6 && (looksRandom(value) || hasDigit(value) || value.endsWith('=')),
    examples: [
      `Authorization: Bearer ⟦${sample(24)}⟧`,
      `authorization: Basic ⟦${BASIC}⟧`,
      `{"authorization":"Token ⟦${sample(30)}⟧","accept":"*/*"}`,
      `["Authorization", "⟦${sample(30)}⟧"]`,
      `"authorization":["Token ⟦${sample(40)}⟧"]`,
      'Authorization: OAuth ⟦oauth_consumer_key="a1", oauth_nonce=b2⟧',
      `'Authorization: Digest ⟦username="ada", response="0a1b2c"⟧' sent`,
      'Authorization: AWS4-HMAC-SHA256 ⟦Credential=a/b, SignedHeaders=host, Signature=0a1b⟧',
    ],
    counterExamples: [
      'authorization: required',
      'Authorization: Bearer <token>',
      'authorization=none',
    ],
  },
  {
    id: 'bearer-token',
    group: 'context',
    reason: 'A bearer token (RFC 6750) away from its header.',
    keywords: ['bearer'],
    pattern: /(?<head>(?<![A-Za-z])bearer(?:\s{1,4}|%20|\+))[A-Za-z0-9._~+/=-]{8,4000}/gi,
    accepts: ({ value }) => hasDigit(value) || (value.length >= 24 && !/[-_.]/.test(value)),
    examples: [`sent "Bearer ⟦${sample(24)}⟧"`, `auth=Bearer%20⟦${sample(24)}⟧`],
    counterExamples: ['bearer authentication failed', 'Bearer error="invalid_token"'],
  },
  {
    id: 'basic-credentials',
    group: 'context',
    reason: 'HTTP Basic credentials (RFC 7617), also as `auth` of a Docker configuration.',
    keywords: ['basic', 'auth'],
    pattern:
      /(?<head>(?<![A-Za-z])(?:basic(?:\s{1,4}|%20)|_?auth\\{0,8}["']?\s{0,4}[:=]\s{0,4}\\{0,8}["']?))[A-Za-z0-9+/]{6,2000}={0,2}/gi,
    accepts: ({ value }) => isBasicCredentials(value),
    examples: [`proxy got Basic ⟦${BASIC}⟧`, `{"auths":{"r":{"auth":"⟦${BASIC}⟧"}}}`],
    counterExamples: ['Basic authentication required', 'basic settings loaded'],
  },
  {
    id: 'cookie-header',
    group: 'context',
    reason: 'A Cookie header holds sessions: all of it.',
    keywords: ['cookie'],
    pattern: new RegExp(`(?<head>(?<!set-?)cookie${HEADER_SEPARATOR})(?=[^\\s"'])`, 'gi'),
    extent: headerEnd,
    accepts: ({ value }) => /^[^\s=;,]{1,200}=[^\s;]/.test(value),
    examples: ['Cookie: ⟦sid=abc; theme=dark⟧', '{"cookie":"⟦sid=abc; a=b⟧","host":"x"}'],
    counterExamples: ['cookie: accepted', 'cookies: 3'],
  },
  {
    id: 'set-cookie-header',
    group: 'context',
    reason: 'The value a Set-Cookie header gives; name and attributes stay.',
    keywords: ['set-cookie'],
    pattern: new RegExp(
      `(?<head>set-cookie${HEADER_SEPARATOR}\\[?\\s{0,4}\\\\{0,8}["']?[^\\s=;"'\\\\]{1,100}=)[^\\s;"'\\\\]{1,4000}`,
      'gi',
    ),
    examples: [
      'set-cookie: sid=⟦s%3Aabc.def⟧; Path=/; HttpOnly',
      '"set-cookie":["sid=⟦abc⟧; Path=/"]',
      "'set-cookie': [ 'id=⟦abc⟧; Path=/app' ]",
    ],
    counterExamples: ['set-cookie: none'],
  },
  {
    id: 'connection-string',
    group: 'context',
    reason: 'The password of an address: scheme://user:password@host.',
    keywords: ['://'],
    needs: 'at-sign',
    pattern:
      /(?<head>:\/\/[^\s:@/?#"'<>]{0,128}:)(?!\[masked:)(?:[^\s"'<>/?#]{1,256}|[^\s"'<>@]{1,256})(?=@[\w.[%-])/g,
    accepts: ({ value }) =>
      !/^\d{1,5}(?:[/,?#]|\\+n)/.test(value) &&
      !/\\n.*:\/\//.test(value) &&
      !/^(?:\*+|<.*|\$\{?\w+\}?|x{3,})$/i.test(value),
    examples: [
      'postgres://app:⟦s3cret⟧@db:5432/logs',
      'redis://:⟦hunter2⟧@cache:6379',
      'amqp://u:⟦p@ss⟧@mq/vhost',
      'mongodb+srv://u:⟦a/b⟧@c.example.net',
    ],
    counterExamples: [
      'http://localhost:3000/@vite/client',
      'https://example.com/a:b',
      'postgres://app:***@db/logs',
      'ssh://git@host:22/repo',
      'mongodb://a:27017,b:27018/?x=1\\ngit@host:repo',
    ],
  },
  {
    id: 'url-user-token',
    group: 'context',
    reason: 'A token in the place of the user name: https://token@host.',
    keywords: ['://'],
    needs: 'at-sign',
    pattern: /(?<head>:\/\/)[^\s:@/?#"'<>]{16,256}(?=@[\w.[-])/g,
    accepts: ({ value }) => hasDigit(value) && /[A-Za-z]/.test(value),
    examples: [`git clone https://⟦${sample(40)}⟧@git.example.com/r.git`],
    counterExamples: ['ssh://deployment-operator@host/repo'],
  },
  {
    id: 'url-query-secret',
    group: 'context',
    reason: 'Query and fragment parameters that carry tokens, keys, signatures and codes.',
    keywords: [
      'token=',
      'key=',
      'sig=',
      'signature=',
      'secret=',
      'code=',
      'password=',
      'pwd=',
      'auth=',
      'credential=',
      'jwt=',
      'sid=',
      'otp=',
    ],
    pattern:
      /(?<head>(?:[?&#]|%26|%3F|\\u0026|&amp;)(?:[\w.-]{0,40}(?:token|secret|signature|password|credential)|(?:[\w-]{0,20}(?:api|access|subscription|auth)[-_]?)?key|sig|code|pwd|auth|jwt|sid|otp)=)[^\s&"'<>#\\]{1,4000}/gi,
    accepts: (found) =>
      /(?:password|pwd|otp)=$/i.test(found.head)
        ? !/^(?:\*+|true|false)$/i.test(found.value)
        : isSecretValue(found),
    examples: [
      `GET /v1/files?token=⟦${sample(20)}⟧&page=2`,
      `https://x.blob.core.windows.net/a?sv=2024-01-01&sig=⟦${sample(40)}%3D⟧`,
      `https://s3/x?X-Amz-Date=20261123T100000Z&X-Amz-Signature=⟦${sample(64, /[0-9a-f]/)}⟧`,
      `/maps/api?key=⟦${sample(30)}⟧`,
      `/cb?code=⟦${sample(24)}⟧&state=1`,
      '/login?user=ada&password=⟦abc⟧',
    ],
    counterExamples: [
      '/settings?key=theme',
      '/e?code=404',
      '/list?page_token=',
      '/q?sort_key=name&code=EUR',
    ],
  },
  {
    id: 'client-user-password',
    group: 'context',
    reason: 'User and password given to curl, wget or a database client.',
    keywords: ['curl', 'mysql', 'sshpass'],
    pattern:
      /(?<head>curl[^\n\\]{0,200}?\s(?:-u|--user)[\s=]{0,4}["']?[^\s:"']{1,64}:|mysql(?:dump|admin)?[^\n\\]{0,200}?\s-p|sshpass\s{1,4}-p\s{0,4}["']?)[^\s"'\\]{1,128}/g,
    examples: [
      'curl -u ada:⟦hunter2⟧ https://x',
      'mysql -u root -p⟦hunter2⟧ logs',
      'sshpass -p ⟦abc⟧ ssh h',
    ],
    counterExamples: [
      'mysql -p 3306',
      'curl https://example.com',
      'docker run -u 1000:1000 x',
      'curl x\\nrun -u 1:2',
    ],
  },
];
