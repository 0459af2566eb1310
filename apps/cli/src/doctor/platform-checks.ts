import { createServer } from 'node:net';
import { HealthAnswer, UserView } from '@mcplog/protocol';
import { Type } from 'typebox';
import type { Access } from '../access.ts';
import { ApiClient } from '../api-client.ts';
import { CliError } from '../errors.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const TIMEOUT_MS = 5_000;
const Me = Type.Object({ data: Type.Object({ user: UserView }) });
const Live = Type.Object({ data: Type.Object({ status: Type.String() }) });

/** Free, or taken by mcplog itself. */
export async function checkPort(port: number): Promise<Finding> {
  const check = `port ${port}`;
  if (await isFree(port)) return ok(check, 'free');
  const api = new ApiClient({ url: `http://127.0.0.1:${port}`, token: '' });
  try {
    await api.ask('/health/live', Live, { timeoutMs: TIMEOUT_MS });
    return ok(check, 'mcplog answers');
  } catch {
    const todo = 'end the other program, or start with --port N';
    return fail(check, 'taken by another program', todo);
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });
}

export async function checkServices(url: string, access: Access | undefined): Promise<Finding> {
  const check = 'services';
  const api = new ApiClient({ url, token: access?.token ?? '' });
  try {
    await api.open('/health/ready', { timeoutMs: TIMEOUT_MS });
  } catch (error) {
    // Where nobody has logged in and nothing was started, nothing is broken.
    const found = access === undefined ? warn : fail;
    return found(check, wordsOf(error), 'start mcplog, or see its output');
  }
  try {
    const path = '/api/v1/admin/logs/health';
    const { data } = await api.ask(path, HealthAnswer, { timeoutMs: TIMEOUT_MS });
    return toFinding(check, data);
  } catch (error) {
    const isRefused = error instanceof CliError && /LOGGED_IN|FORBIDDEN/.test(error.code ?? '');
    if (isRefused) return ok(check, `${url} is ready (an administrator sees each service)`);
    return warn(check, wordsOf(error), 'see the output of the services');
  }
}

function toFinding(check: string, health: HealthAnswer['data']): Finding {
  const names = health.services.map(({ app }) => app).join(', ');
  const alerts = health.alerts.map(({ message }) => message).join('; ');
  const words = `${health.log_system_health}: ${alerts === '' ? names : alerts}`;
  const todo = 'see the health page of the dashboard';
  if (health.log_system_health === 'healthy') return ok(check, words);
  return health.log_system_health === 'degraded'
    ? warn(check, words, todo)
    : fail(check, words, todo);
}

export async function checkLogin(access: Access | undefined): Promise<Finding> {
  const check = 'login';
  const todo = 'run "mcplog login"';
  if (access === undefined) return warn(check, 'not logged in', todo);
  try {
    const api = new ApiClient(access);
    const { data } = await api.ask('/api/v1/auth/me', Me, { timeoutMs: TIMEOUT_MS });
    return ok(check, `${data.user.username} (${data.user.role}) at ${access.url}`);
  } catch (error) {
    const isOver = error instanceof CliError && error.code === 'MCPLOG_NOT_LOGGED_IN';
    if (isOver) return fail(check, `the session of ${access.source} has ended`, todo);
    return warn(check, wordsOf(error), 'try again when mcplog answers');
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
