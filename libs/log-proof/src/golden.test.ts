/** FORMAT.md quotes these bytes. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  CERTIFICATE_KIND,
  type CertificateBody,
  keyIdOf,
  rawPublicKey,
  SignedCertificate,
} from './certificate.ts';
import { ChainTips, type Leaf } from './checkpoint.ts';
import { hashOf, isSignedBy, parseStatement, signStatement, textOf } from './statement.ts';

const FORMAT = readFileSync(new URL('../FORMAT.md', import.meta.url), 'utf8');
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const privateKey = createPrivateKey({
  key: Buffer.concat([PKCS8_PREFIX, Buffer.alloc(32, 7)]),
  format: 'der',
  type: 'pkcs8',
});
const publicKey = rawPublicKey(createPublicKey(privateKey));
const key = { id: keyIdOf(publicKey), privateKey };
const body: CertificateBody = {
  kind: CERTIFICATE_KIND,
  signer: 'example',
  at: '2025-07-13T15:30:00.000Z',
  number: 1,
  day: '2025-07-13',
  publicKey,
  previous: null,
};

it('the certificate of the page is what we write, and we read it back', () => {
  const text = textOf(signStatement(body, key));
  expect(FORMAT).toContain(`\n${text}\n`);
  const read = parseStatement(SignedCertificate, text);
  if (read === undefined) throw new Error('a certificate');
  expect(isSignedBy(read, createPublicKey(privateKey))).toBe(true);
  expect(FORMAT).toContain(`Its hash is \`${hashOf(read)}\``);
});

it('a signature counts for the bytes of its own body only', () => {
  const signed = signStatement(body, key);
  const other = { ...signed, body: { ...body, kind: 'mcplog seal 1' } };
  expect(isSignedBy(other, createPublicKey(privateKey))).toBe(false);
});

it('the root of a checkpoint is over the chain ends by name, whatever their order', () => {
  const ends: Leaf[] = [
    ['manifests system', 3, 'a'.repeat(64)],
    ['certificates maintenance-worker', 1, 'b'.repeat(64)],
    ['heads log-writer', 12, 'c'.repeat(64)],
  ];
  const rootOf = (order: readonly Leaf[]) => {
    const tips = new ChainTips();
    tips.update(order.map(([name, number, hash]) => [name, { number, hash }]));
    return tips.root();
  };
  expect(rootOf(ends)).toBe('adcb92952681aae528c3e8ae743ce8fcd84d7da70248410cefad97fc016a82b4');
  expect(rootOf(ends.toReversed())).toBe(rootOf(ends));
});
