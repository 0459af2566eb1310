import { expect, test } from 'vitest';
import { createMasker } from './index.ts';

const TOKEN = 'pfx_9hJ2kLmQ7wXzR4tYvB8nC1dF';

function openStream() {
  return createMasker({ secrets: [{ name: 'TOKEN', value: TOKEN }] }).createLineMasker();
}

test('a secret that begins in a line that is not shown is masked where it goes on', () => {
  const stream = openStream();
  stream.passOver('other words');
  stream.passOver(`key ${TOKEN.slice(0, 20)}`);
  stream.passOver('');
  expect(stream.maskLine(`${TOKEN.slice(20)} loaded`)).toBe('[masked:secret:TOKEN] loaded');
});

test('a key that begins in a line that is not shown is masked until it ends', () => {
  const stream = openStream();
  const body = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj';
  stream.passOver('-----BEGIN PRIVATE KEY-----');
  stream.passOver(body);
  expect(stream.maskLine(body)).toBe('[masked:private-key]');
  stream.passOver('-----END PRIVATE KEY-----');
  expect(stream.insideKey()).toBe(false);
  expect(stream.maskLine('ordinary words')).toBe('ordinary words');
});

test('a line that was cut hides the beginning of a secret and its unfinished word', () => {
  const stream = openStream();
  expect(stream.maskLine(`key ${TOKEN.slice(0, 5)}`, true)).not.toContain(TOKEN.slice(0, 5));
  expect(stream.maskLine('an unfinishedword', true)).toBe('an [masked:cut]');
});
