import { expect, test } from 'vitest';
import { segmentsOf, visibleControls } from '../web/src/logs/text-segments.ts';

test('control and direction marks are shown as code points', () => {
  expect(visibleControls('a\u001b[31mb\u202ec\u0000')).toBe('a\\u001b[31mb\\u202ec\\u0000');
  expect(segmentsOf('user\u202egpj.exe')).toEqual([
    { kind: 'text', text: 'user' },
    { kind: 'control', text: '\\u202e' },
    { kind: 'text', text: 'gpj.exe' },
  ]);
});

test('tabs, newlines and every visible script stay as they are', () => {
  const text = 'a\tb\nc é 日本 🙂 עברית';
  expect(segmentsOf(text)).toEqual([{ kind: 'text', text }]);
});

test('a masked span is told apart and named by its rule', () => {
  expect(segmentsOf('key=[masked:github-pat] ok')).toEqual([
    { kind: 'text', text: 'key=' },
    { kind: 'masked', text: 'github-pat' },
    { kind: 'text', text: ' ok' },
  ]);
});

test('matches are marked whatever their case', () => {
  expect(segmentsOf('Time out, TIME', 'time')).toEqual([
    { kind: 'match', text: 'Time' },
    { kind: 'text', text: ' out, ' },
    { kind: 'match', text: 'TIME' },
  ]);
});

test('the segments together are the text, also where lower case has another length', () => {
  const text = 'İİ needle İ';
  expect(
    segmentsOf(text, 'needle')
      .map((one) => one.text)
      .join(''),
  ).toBe(text);
});
