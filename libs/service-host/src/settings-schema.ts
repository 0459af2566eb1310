/** What a setting's schema accepts, in words, and how a text becomes its value. */
import { type TSchema, type TString, Type } from 'typebox';
import { Value } from 'typebox/value';

const TRUE_WORDS = ['true', '1', 'yes', 'on'];
const FALSE_WORDS = ['false', '0', 'no', 'off'];
const PATH_MARK = 'mcplog-path';

/** The parts of a JSON schema that settings use. */
interface SchemaView {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly pattern?: string;
  readonly description?: string;
  readonly items?: TSchema;
  readonly title?: string;
}

/** A file or directory; a relative one is taken from the working directory. */
export function pathSetting(): TString {
  return Type.String({ minLength: 1, title: PATH_MARK });
}

export function isPathSchema(schema: TSchema): boolean {
  return (schema as SchemaView).title === PATH_MARK;
}

/** What the schema accepts, for people; `description` of the schema wins for patterned texts. */
export function acceptedValues(schema: TSchema): string {
  const view = schema as SchemaView;
  if (view.enum) return `one of ${view.enum.join(', ')}`;
  switch (view.type) {
    case 'integer':
      return `a whole number${between(view.minimum, view.maximum)}`;
    case 'number':
      return `a number${between(view.minimum, view.maximum)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a comma list, each ${view.items ? acceptedValues(view.items) : 'a text'}`;
    default:
      return acceptedText(schema, view);
  }
}

function acceptedText(schema: TSchema, view: SchemaView): string {
  if (isPathSchema(schema)) return 'a path';
  if (view.description) return view.description;
  const length = between(view.minLength, view.maxLength);
  const pattern = view.pattern ? ` matching ${view.pattern}` : '';
  return `a text${length && `${length} characters`}${pattern}`;
}

function between(low: number | undefined, high: number | undefined): string {
  if (low !== undefined && high !== undefined) return ` from ${low} to ${high}`;
  if (low !== undefined) return ` of at least ${low}`;
  if (high !== undefined) return ` of at most ${high}`;
  return '';
}

export type Coerced = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

/** The value a text stands for, when the schema accepts it. */
export function coerceText(schema: TSchema, text: string): Coerced {
  const value = valueOfText(schema, text);
  return value !== undefined && Value.Check(schema, value) ? { ok: true, value } : { ok: false };
}

function valueOfText(schema: TSchema, text: string): unknown {
  const view = schema as SchemaView;
  switch (view.type) {
    case 'integer':
      return /^-?\d+$/.test(text) ? Number(text) : undefined;
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
    case 'boolean':
      return booleanOfText(text.toLowerCase());
    case 'array':
      return listOfText(view.items ?? Type.String(), text);
    default:
      return text;
  }
}

function booleanOfText(text: string): boolean | undefined {
  if (TRUE_WORDS.includes(text)) return true;
  return FALSE_WORDS.includes(text) ? false : undefined;
}

function listOfText(items: TSchema, text: string): unknown[] | undefined {
  const values = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => valueOfText(items, part));
  return values.includes(undefined) ? undefined : values;
}
