import { expect, it } from 'vitest';
import { isPrivateAddress } from './health-routes.ts';

it.each([
  '127.0.0.1',
  '127.9.9.9',
  '10.1.2.3',
  '172.31.0.1',
  '192.168.1.1',
  '::1',
  'fd00::1',
  'fe80::1',
  '::ffff:10.0.0.1',
])('%s is a neighbour', (address) => {
  expect(isPrivateAddress(address)).toBe(true);
});

it.each(['8.8.8.8', '172.32.0.1', '11.0.0.1', '2001:db8::1', '::ffff:8.8.8.8', '', 'x'])(
  '"%s" is not',
  (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  },
);
