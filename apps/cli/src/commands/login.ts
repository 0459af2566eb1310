import type { Command } from 'commander';
import {
  type AccessFlags,
  credentialsFile,
  findAccessIfAny,
  normalUrl,
  saveCredentials,
} from '../access.ts';
import { usageError } from '../errors.ts';
import { isHttpUrl, loadSettings, type Settings } from '../settings.ts';
import { printable } from '../terminal.ts';

interface LoginFlags {
  readonly url?: string;
  readonly username?: string;
}

const HELP = `
The password is asked on the terminal, or read as the first line of stdin. What is stored is a
session token that ends by itself, readable by you alone.

Examples:
  mcplog login --url https://logs.example.com --username ada
  printf '%s\\n' "$PASSWORD" | mcplog login --username ada`;

export function addLoginCommand(program: Command): void {
  program
    .command('login')
    .description('log in and store the session for the other commands')
    .option('--url <url>', 'where the platform answers (MCPLOG_URL)')
    .option('--username <name>', 'who; asked when it is left out')
    .addHelpText('after', HELP)
    .action(runLogin);
}

async function runLogin(flags: LoginFlags): Promise<void> {
  const settings = loadSettings();
  const url = urlToUse(settings, flags);
  warnOfClearText(url);
  const { LoginAnswer } = await import('@mcplog/protocol');
  const { ApiClient } = await import('../api-client.ts');
  const credentials = await askCredentials(url, flags.username);
  const api = new ApiClient({ url, token: '' });
  const { data } = await api.ask('/api/v1/auth/login', LoginAnswer, { body: credentials });
  saveCredentials(settings, { url, token: data.token });
  const { username, role } = data.user;
  process.stdout.write(
    `logged in at ${url} as ${printable(username)} (${role}) until ${data.expires_at}; stored in ${credentialsFile(settings)}\n`,
  );
}

function urlToUse(settings: Settings, flags: AccessFlags): string {
  if (flags.url !== undefined && !isHttpUrl(flags.url)) {
    throw usageError(`--url ${flags.url}: accepted is http://host:port or https://host`);
  }
  const given = flags.url ?? settings.url;
  const known = given ?? findAccessIfAny(settings)?.url ?? `http://127.0.0.1:${settings.port}`;
  return normalUrl(known);
}

function warnOfClearText(url: string): void {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:' || /^(127\.|localhost$|\[::1\]$)/.test(hostname)) return;
  process.stderr.write(
    `mcplog: ${url} is not encrypted: others on the way can read the password\n`,
  );
}

async function askCredentials(url: string, given: string | undefined) {
  const { askLine, askSecret, readPipedLine } = await import('../prompt.ts');
  if (process.stdin.isTTY !== true) {
    if (given === undefined) throw usageError('--username is needed when stdin is no terminal');
    return { username: given, password: await readPipedLine() };
  }
  const username = given ?? (await askLine(`user name at ${url}: `));
  return { username, password: await askSecret(`password of ${username}: `) };
}
