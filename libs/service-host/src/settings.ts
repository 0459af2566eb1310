/**
 * Settings are a table: name → variable, schema, default, meaning. An app defines its table in
 * `settings.ts` and reads it once; nothing else looks at the environment.
 */
import { resolve } from 'node:path';
import { type Static, type TObject, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { acceptedValues, coerceText, isPathSchema } from './settings-schema.ts';

type Shape = Record<string, TSchema>;

export interface Setting<S extends TSchema> {
  /** The environment variable. */
  readonly env: string;
  readonly schema: S;
  /** Without one the setting is required, unless its schema is `Type.Optional(…)`. */
  readonly default?: Static<S>;
  /** One sentence for the operator, with the unit. */
  readonly meaning: string;
  /** Never echoed. Also assumed from names such as `…_PASSWORD` or `…_TOKEN`. */
  readonly secret?: boolean;
}

export type SettingsTable<S extends Shape> = { readonly [K in keyof S]: Setting<S[K]> };

export type SettingsOf<T> = T extends SettingsTable<infer S> ? Readonly<Static<TObject<S>>> : never;

export interface SettingProblem {
  readonly env: string;
  readonly problem: string;
  readonly accepted: string;
}

/** All settings that were refused, in one message. */
export class SettingsError extends Error {
  readonly #problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    const list = problems.map((p) => `  ${p.env}: ${p.problem}; accepted: ${p.accepted}`);
    super(`${problems.length} setting(s) refused:\n${list.join('\n')}`);
    this.name = 'SettingsError';
    this.#problems = problems;
    // An app lets it end the process: its last words are then this list, not frames of ours.
    this.stack = `${this.name}: ${this.message}`;
  }

  get problems(): readonly SettingProblem[] {
    return this.#problems;
  }
}

export interface SettingDescription {
  readonly env: string;
  readonly accepted: string;
  readonly default: string;
  readonly meaning: string;
}

const SECRET_NAME = /PASSWORD|SECRET|TOKEN|NKEY|SEED|CREDENTIAL|PRIVATE|_KEY$|_URL$/;
const ECHO_CHARS_MAX = 64;

/** Gives the table its types; a wrong default is a programming mistake and throws. */
export function defineSettings<S extends Shape>(table: SettingsTable<S>): SettingsTable<S> {
  for (const setting of Object.values<Setting<TSchema>>(table)) {
    if (!/^[A-Z][A-Z0-9_]*$/.test(setting.env)) {
      throw new Error(`${setting.env} is not the name of a variable`);
    }
    if (setting.default !== undefined && !Value.Check(setting.schema, setting.default)) {
      throw new Error(`the default of ${setting.env} is not ${acceptedValues(setting.schema)}`);
    }
  }
  return Object.freeze(table);
}

/**
 * The validated, frozen settings. An empty variable counts as not set. Variables that the table
 * does not name are ignored: they belong to other apps.
 * @throws SettingsError naming every refused variable at once.
 */
export function readSettings<S extends Shape>(
  table: SettingsTable<S>,
  env: NodeJS.ProcessEnv,
): Readonly<Static<TObject<S>>> {
  const problems: SettingProblem[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries<Setting<TSchema>>(table)) {
    const read = readSetting(setting, env[setting.env]?.trim());
    if ('problem' in read) problems.push(read);
    else if (read.value !== undefined) values[name] = freeze(read.value);
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return Object.freeze(values) as Readonly<Static<TObject<S>>>;
}

function readSetting(
  setting: Setting<TSchema>,
  text: string | undefined,
): SettingProblem | { readonly value: unknown } {
  if (text === undefined || text === '') return absentSetting(setting);
  const coerced = coerceText(setting.schema, text);
  if (!coerced.ok) return refusal(setting, `${echo(setting, text)} is not accepted`);
  return { value: isPathSchema(setting.schema) ? resolve(String(coerced.value)) : coerced.value };
}

function absentSetting(setting: Setting<TSchema>): SettingProblem | { readonly value: unknown } {
  if (setting.default !== undefined) {
    const path = isPathSchema(setting.schema);
    return { value: path ? resolve(String(setting.default)) : setting.default };
  }
  if (Type.IsOptional(setting.schema)) return { value: undefined };
  return refusal(setting, 'is required and not set');
}

function refusal(setting: Setting<TSchema>, problem: string): SettingProblem {
  return { env: setting.env, problem, accepted: acceptedValues(setting.schema) };
}

/** A password pasted into a message ends in a log; its length is enough to find the mistake. */
function echo(setting: Setting<TSchema>, text: string): string {
  if (isSecret(setting)) return `a value of ${text.length} characters`;
  const cut = text.length > ECHO_CHARS_MAX ? `${text.slice(0, ECHO_CHARS_MAX)}…` : text;
  return JSON.stringify(cut);
}

function isSecret(setting: Setting<TSchema>): boolean {
  return setting.secret ?? SECRET_NAME.test(setting.env);
}

function freeze(value: unknown): unknown {
  return Array.isArray(value) ? Object.freeze([...value]) : value;
}

/** One row per setting, for the README table; the default of a secret is not shown. */
export function describeSettings<S extends Shape>(table: SettingsTable<S>): SettingDescription[] {
  return Object.values<Setting<TSchema>>(table).map((setting) => ({
    env: setting.env,
    accepted: acceptedValues(setting.schema),
    default: defaultInWords(setting),
    meaning: setting.meaning,
  }));
}

function defaultInWords(setting: Setting<TSchema>): string {
  if (setting.default === undefined) {
    return Type.IsOptional(setting.schema) ? 'not set' : 'required';
  }
  return setting.secret === true ? '(hidden)' : String(setting.default);
}

/** The README table of an app's settings, Markdown. */
export function settingsTable<S extends Shape>(table: SettingsTable<S>): string {
  const rows = describeSettings(table).map(
    (row) => `| \`${row.env}\` | ${row.accepted} | ${row.default} | ${row.meaning} |`,
  );
  return ['| variable | accepted | default | meaning |', '|---|---|---|---|', ...rows].join('\n');
}
