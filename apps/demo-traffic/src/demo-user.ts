/** The demo user's login, and what it owns. */
import { readFile } from 'node:fs/promises';
import { InstanceView, LoginAnswer, LoginRequest } from '@mcplog/protocol';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Settings } from './settings.ts';

const TIMEOUT_MS = 10_000;
const InstanceList = Type.Object({ data: Type.Array(InstanceView) });

export class DemoUser {
  readonly #settings: Settings;
  #login: Promise<string> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The token of the present session; logs in when there is none. */
  token(): Promise<string> {
    this.#login ??= this.#logIn().catch((error: unknown) => {
      this.#login = undefined;
      throw error;
    });
    return this.#login;
  }

  /** Forgets the session: the server no longer knows it. */
  forget(): void {
    this.#login = undefined;
  }

  async instances(): Promise<InstanceView[]> {
    const answer = await this.#fetch('/api/v1/mcps', {
      headers: { authorization: `Bearer ${await this.token()}` },
    });
    if (answer.status === 401) this.forget();
    return Value.Parse(InstanceList, await readJson(answer)).data;
  }

  async logOut(): Promise<void> {
    if (this.#login === undefined) return;
    const token = await this.#login;
    await this.#fetch('/api/v1/auth/logout', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
  }

  /** The file is read each time: a new demo password needs no restart. */
  async #logIn(): Promise<string> {
    const text = await readFile(this.#settings.credentialsFile, 'utf8');
    const credentials = Value.Parse(LoginRequest, JSON.parse(text));
    const answer = await this.#fetch('/api/v1/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(credentials),
    });
    return Value.Parse(LoginAnswer, await readJson(answer)).data.token;
  }

  #fetch(path: string, init: RequestInit): Promise<Response> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    return fetch(new URL(path, this.#settings.url), { ...init, signal });
  }
}

async function readJson(answer: Response): Promise<unknown> {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${new URL(answer.url).pathname}: ${answer.status} ${text}`);
  return JSON.parse(text);
}
