import { isNamedSecret, isPasswordValue, isSecretValue } from '../plausible.ts';
import type { MaskRule } from '../rule.ts';
import { valueEnd } from '../value-extent.ts';
import { sample } from './sample.ts';

/** Between a key and its value: `=`, `: `, `":"`, `\":\"`, `' => '`, `>` of XML. */
const SEPARATOR = String.raw`(?:\\{0,8}["'\x60]?\]?[ \t]{0,4}(?::=|=>|::|[:=])[ \t]{0,4}(?:Secret(?:Str|String)?\()?|["']?>)\\{0,8}["'\x60]?`;

function keyed(keys: string): RegExp {
  return new RegExp(`(?<head>(?:${keys})${SEPARATOR})(?=[^\\s"'])`, 'gi');
}

/** Keys whose value is a secret, in `key=value`, JSON, YAML, XML and code. */
export const ASSIGNMENT_RULES: readonly MaskRule[] = [
  {
    id: 'password',
    group: 'context',
    reason: 'A key that names a password, in any notation; people reuse passwords.',
    keywords: ['pass', 'pwd', 'pw:', 'pw=', 'pw"'],
    pattern: keyed(
      String.raw`passw(?:or)?d\d?(?:[_-]?(?:confirm(?:ation)?|again|hash))?|(?:pass(?:phrase|code)|pwd|requirepass)\d?|(?<![A-Za-z])(?:pass|pw)`,
    ),
    extent: valueEnd,
    accepts: isPasswordValue,
    examples: [
      'user=ada password=⟦hunter2⟧ host=db',
      '{"user":"ada","password":"⟦correct horse \\"battery\\"⟧","n":1}',
      '"{\\"password\\":\\"⟦tr0ub4dor⟧\\",\\"n\\":1}"',
      'db:\n  password: ⟦swordfish⟧\n  port: 5432',
      "{ passwd: '⟦s3same!⟧' }",
      'Server=db;User Id=sa;Password=⟦p@ss;w0rd⟧;Encrypt=true',
      'PGPASSWORD=⟦hunter2⟧ psql',
      '<password>⟦hunter2⟧</password>',
      'MYSQL_PWD=⟦abc⟧',
      'login failed, password: ⟦Summer2026!⟧',
      '<setting name="Password">⟦s3same!⟧</setting>',
      'requirepass: ⟦hunter2⟧',
      'pw: ⟦hunter2⟧',
      'userPassword:: ⟦aHVudGVyMg==⟧',
    ],
    counterExamples: [
      'password: incorrect',
      'Invalid password: must have 12 characters',
      'password=*** user=ada',
      'PWD=/home/ada/project',
      'pwd: /srv/app',
      'password: null',
      'password_policy=strict',
      'bypass: enabled',
      'all tests passed: 12',
      'password=$DB_PASSWORD',
      '{"password":""}',
      'const password = readPassword()',
      'self.password = password or ask()',
      '<label for="password">Password</label>',
      '<input type="password"> 12 rows',
      'pw: wrong',
    ],
  },
  {
    id: 'secret-value',
    group: 'context',
    reason: 'A key that ends in token, secret, api key… with a value that looks random.',
    keywords: ['secret', 'token', 'key', 'credential', '_auth', 'auth', 'jwt', 'signature'],
    pattern: keyed(
      `secrets?|(?<!(?:page|next|prev|continuation|cancel|cancellation|sync|progress|cursor|delta|resume)[_-]?)token|(?:api|access|secret|private|auth|encryption|signing|shared|service|account|master|app|client|admin|license|storage|webhook|ssh)[_-]?key|credentials?|(?<![A-Za-z])_?auth(?:[_-](?:code|data|string))?|(?<![A-Za-z])jwt|(?<=[_-])signature`,
    ),
    extent: valueEnd,
    accepts: isSecretValue,
    examples: [
      `api_key=⟦${sample(24)}⟧`,
      `{"clientSecret": "⟦${sample(32)}⟧", "n": 1}`,
      `x-api-key: ⟦${sample(20)}⟧`,
      `X-Auth-Token: ⟦${sample(20)}⟧`,
      `//npm.example.com/:_authToken=⟦${sample(30)}⟧`,
      `ACCESS_TOKEN='⟦${sample(16)}⟧'`,
      `refresh_token: ⟦${sample(40)}⟧`,
      `"{\\"token\\":\\"⟦${sample(22)}⟧\\"}"`,
      `secret: ⟦correcthorsebatterystaple⟧`,
      `[ 'x-api-key' => '⟦${sample(20)}⟧' ]`,
      `Config(api_key=SecretStr('⟦${sample(32)}⟧'), timeout=30)`,
    ],
    counterExamples: [
      'max_tokens=4096 tokens: 512',
      'token: expired',
      'progressToken: 4f9a2c11',
      '"nextPageToken":"CAUQAA1234"',
      'api_key=missing',
      'secret=$VAULT_SECRET_1',
      'key: user:1234',
      'token=refresh_token',
      'auth: oauth2',
      'private_key: /etc/ssl/server1.key',
      'Unexpected token: } at 12',
      'primary key: id_0001',
    ],
  },
  {
    id: 'named-secret',
    group: 'context',
    reason: 'A sentence that gives a password or a token: the password is X, token X is invalid.',
    keywords: ['password', 'passphrase', 'token', 'secret', 'key'],
    pattern:
      /(?<head>(?<![A-Za-z0-9])(?:(?:password|passphrase|passcode)(?: (?:for|of|to) [\w.@-]{1,40}(?: [\w.@-]{1,40})?)? (?:is|was|will be):? {1,4}|password (?=["'])|(?:tokens?|secret|(?:api|access)[ _-]?key):? {1,4})["'`]?)[^\s"'`]{6,200}/gi,
    accepts: isNamedSecret,
    examples: [
      'the password is ⟦hunter2A⟧',
      'new password for user 12 is: ⟦Xy7kLm2p⟧',
      `token ⟦${sample(40)}⟧ is not valid`,
      `apikey '⟦${sample(32)}⟧' rejected`,
      `signing_secret ⟦${sample(32)}⟧ loaded`,
      "LOGIN with password '⟦icbrs17!⟧' refused",
    ],
    counterExamples: [
      'the password is too short',
      'password for ada is 12 days old',
      'password was changed',
      "field password 'at least 12 characters'",
      'token 550e8400-e29b-41d4-a716-446655440000 closed',
      'token refresh_after_12_minutes_or_20_calls',
      'api key acme-production-2026 created',
      'secret projects/104/secrets/api-key/versions/3',
    ],
  },
  {
    id: 'command-flag',
    group: 'context',
    reason: 'Secrets given on a command line: `--password X`, `"--token","X"`.',
    keywords: [
      '--pass',
      '--pwd',
      '--token',
      '--secret',
      '--api',
      '--key',
      '--auth',
      '--access',
      '--client',
      '--bearer',
      '-token',
      '-secret',
      '-password',
      '-key',
    ],
    pattern:
      /(?<head>(?<![\w-])--?(?:[a-z0-9]{1,20}-){0,3}(?:password|passwd|passphrase|pwd|pass|secret|token|api-?key|access-?key|secret-?key|bearer|auth|credentials?)(?:\\{0,8}["'],?\s{0,4}\\{0,8}["']|\s{1,4}["']?|=\\{0,8}["']?))(?=[^\s-])/gi,
    extent: valueEnd,
    accepts: (found) =>
      /pass|pwd/i.test(found.head) ? isFlagPassword(found) : isSecretValue(found),
    examples: [
      'spawn tool --password ⟦hunter2⟧ --verbose',
      `args: ["--token","⟦${sample(20)}⟧","-v"]`,
      `run --api-key ⟦${sample(24)}⟧`,
      `npx server --figma-api-key=⟦${sample(30)}⟧ --stdio`,
      'mysql --password=⟦abc⟧ -h db',
    ],
    counterExamples: [
      'the --password option is required',
      '--token must be given',
      'use --password-stdin',
      'usage: tool --auth oauth2',
    ],
  },
];

function isFlagPassword(found: Parameters<typeof isPasswordValue>[0]): boolean {
  if (/[="']$/.test(found.head)) return isPasswordValue(found);
  const after = found.text.slice(found.end, found.end + 16);
  return /[^A-Za-z]/.test(found.value) || /^\s*(?:$|\n|-)/.test(after);
}
