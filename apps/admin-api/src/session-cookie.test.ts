import { expect, it } from 'vitest';
import { expiredCookie, sessionCookie } from './session-cookie.ts';

it('on loopback the cookie works without TLS', () => {
  for (const host of ['127.0.0.1:7070', 'localhost', '[::1]:80']) {
    expect(sessionCookie('t', host)).toBe(
      'mcplog_session=t; Max-Age=43200; Path=/; HttpOnly; SameSite=Strict',
    );
  }
});

it('under any other name, a look-alike included, the cookie wants TLS', () => {
  for (const host of ['logs.example.org', 'localhost.example.org', '127.0.0.1.nip.io', undefined]) {
    expect(sessionCookie('t', host)).toMatch(/; Secure$/);
  }
});

it('taking it away has the same attributes, or a browser would keep the old one', () => {
  expect(expiredCookie('localhost')).toBe(
    'mcplog_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict',
  );
});
