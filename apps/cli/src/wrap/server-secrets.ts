/** Which values of a server's start must never be seen in its log. */
import type { Secret } from '@mcplog/masking';

const SECRET_WORDS =
  'TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|APIKEY|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|JWT|COOKIE';
const SECRET_NAME = new RegExp(`(${SECRET_WORDS})|(^|[_-])(KEY|PASS|PWD|PAT|AUTH|DSN|SEED)$`, 'i');
/** Names that only look secret: where something is, not what it is. */
const HARMLESS_NAME =
  /^(PWD|OLDPWD|XAUTHORITY)$|(_(FILE|PATH|DIR|SOCK|NAME|ID|URL|TYPE|LIMIT|COUNT)|TOKENS)$/i;
const HARMLESS_VALUE = /^(|true|false|yes|no|on|off|none|null|undefined|\d{1,4})$/i;

export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !HARMLESS_NAME.test(name);
}

/** Values of variables and flags whose name says that they are secret, and passwords in URLs. */
export function findServerSecrets(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Secret[] {
  const secrets: Secret[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (isSecretName(name)) keep(secrets, name, value);
    keepUrlPassword(secrets, name, value);
  }
  command.forEach((word, at) => {
    const [flag = '', ...rest] = word.split('=');
    if (rest.length > 0 && isSecretFlag(flag)) keep(secrets, flagName(flag), rest.join('='));
    const before = command[at - 1] ?? '';
    if (before.startsWith('-') && isSecretFlag(before) && !word.startsWith('-')) {
      keep(secrets, flagName(before), word);
    }
    keepUrlPassword(secrets, 'argument', word);
  });
  return secrets;
}

/** `--api-key`, `-token`, or the variable of `docker run -e NAME=value`. */
function isSecretFlag(word: string): boolean {
  return /^[A-Za-z_-][\w.-]*$/.test(word) && isSecretName(flagName(word));
}

function flagName(flag: string): string {
  return flag.replace(/^-+/, '').replaceAll('-', '_');
}

function keep(secrets: Secret[], name: string, value: string): void {
  if (!HARMLESS_VALUE.test(value.trim())) secrets.push({ name, value });
}

function keepUrlPassword(secrets: Secret[], name: string, value: string): void {
  const password = /[a-z][a-z0-9+.-]*:\/\/[^:@/\s]*:([^@\s/]+)@/i.exec(value)?.[1];
  if (password !== undefined) keep(secrets, name, password);
}
