import { expect, it } from 'vitest';
import { CliError } from './errors.ts';
import { typeInto } from './prompt.ts';

it('typed keys make a text until Enter; backspace takes back a whole character', () => {
  expect(typeInto('', 'se😀\u007fcr')).toEqual({ text: 'secr', isDone: false });
  expect(typeInto('secr', 'et\rrest')).toEqual({ text: 'secret', isDone: true });
});

it('Ctrl-C gives up', () => {
  expect(() => typeInto('secr', '\u0003')).toThrow(CliError);
});
