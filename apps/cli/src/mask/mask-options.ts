import { readFileSync } from 'node:fs';
import { PERSONAL_DATA_DEFAULTS, type PersonalData, type Secret } from '@mcplog/masking';
import { usageError } from '../errors.ts';

export interface MaskFlags {
  readonly json?: true;
  readonly check?: true;
  readonly secretEnv: readonly string[];
  readonly secretsFile: readonly string[];
  readonly personalData?: string;
}

const KINDS = Object.keys(PERSONAL_DATA_DEFAULTS) as PersonalData[];

/** @throws CliError (usage) for a variable that is not set or a file that cannot be read */
export function readSecrets(flags: MaskFlags, environment: NodeJS.ProcessEnv): Secret[] {
  const named = flags.secretEnv.map((name) => {
    const value = environment[name];
    if (value === undefined) throw usageError(`--secret-env ${name}: there is no such variable`);
    return { name, value };
  });
  return [...named, ...flags.secretsFile.flatMap(readSecretsFile)];
}

/** `NAME=value` a line, quotes around a value or not; empty lines and `#` lines are left out. */
function readSecretsFile(file: string): Secret[] {
  return readText(file)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line, i) => {
      const equals = line.indexOf('=');
      if (equals < 1) throw usageError(`--secrets-file ${file}: secret ${i + 1} has no NAME=`);
      const name = line.slice(0, equals).replace(/^export\s+/, '');
      return { name: name.trim(), value: unquoted(line.slice(equals + 1).trim()) };
    });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'cannot be read' } = error as NodeJS.ErrnoException;
    throw usageError(`--secrets-file ${file}: ${code}`);
  }
}

function unquoted(value: string): string {
  return /^(["']).*\1$/.test(value) && value.length > 1 ? value.slice(1, -1) : value;
}

/** @throws CliError (usage) for a kind there is not */
export function readPersonalData(
  list: string | undefined,
): Partial<Record<PersonalData, boolean>> | undefined {
  if (list === undefined) return undefined;
  const wanted = list === 'all' ? KINDS : list === 'none' ? [] : list.split(',');
  const unknown = wanted.find((kind) => !KINDS.some((each) => each === kind));
  if (unknown !== undefined) {
    throw usageError(`--personal-data ${unknown}: accepted are ${KINDS.join(', ')}, all, none`);
  }
  return Object.fromEntries(KINDS.map((kind) => [kind, wanted.includes(kind)]));
}
