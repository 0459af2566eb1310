import type { LogEntry } from '@mcplog/log-entry';
import { CSV_HEADER } from '@mcplog/log-store/reader';
import { expect, test } from 'vitest';
import { formatRows, leftOutEntry, type TextFormat } from './entry-formats.ts';

async function* given(...pieces: string[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield Buffer.from(piece);
}

async function textOf(format: TextFormat, pieces: string[], last?: LogEntry): Promise<string> {
  const parts: string[] = [];
  for await (const piece of formatRows(format, given(...pieces), () => last)) {
    parts.push(piece.toString());
  }
  return parts.join('');
}

test('rows of JSON become one array, one entry to a line, whatever there is', async () => {
  expect(await textOf('json', [])).toBe('[]\n');
  expect(await textOf('json', [',\n{"a":1},\n{"b":2}', ',\n{"c":3}'])).toBe(
    '[\n{"a":1},\n{"b":2},\n{"c":3}\n]\n',
  );
});

test('every format ends with what was left out, also when that is all there was', async () => {
  const exportedAt = new Date('2026-11-23T12:00:00.000Z');
  const last = leftOutEntry({ damagedLines: 3, instanceId: 'i', userId: 'u', exportedAt });
  const said = 'This export is not complete: 3 damaged lines were left out.';
  expect(JSON.parse(await textOf('json', [], last))).toEqual([last]);
  expect(JSON.parse(await textOf('json', [',\n{"a":1}'], last))).toEqual([{ a: 1 }, last]);
  expect(await textOf('csv', ['row\r\n'], last)).toBe(
    `${CSV_HEADER}row\r\n2026-11-23T12:00:00.000Z,error,${said},0,system,i,u,mcplog,"{""damagedLines"":3}"\r\n`,
  );
  expect(await textOf('txt', ['row\n'], last)).toBe(
    `row\n2026-11-23T12:00:00.000Z ERROR system ${said}\n`,
  );
});
