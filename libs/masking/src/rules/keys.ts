import { KEY_BEGIN, keyExtent } from '../private-key.ts';
import type { MaskRule } from '../rule.ts';
import { sample, UPPER } from './sample.ts';

const PEM_BODY = `${sample(64)}\n${sample(40)}==`;

/** Private keys and signed tokens, in formats that belong to no vendor. */
export const KEY_RULES: readonly MaskRule[] = [
  {
    id: 'private-key',
    group: 'credential',
    reason: 'A PEM private key (RFC 7468) opens whatever trusts its public half.',
    keywords: ['-----begin '],
    pattern: new RegExp(KEY_BEGIN),
    extent: keyExtent,
    examples: [
      `key: ⟦-----BEGIN RSA PRIVATE KEY-----\n${PEM_BODY}\n-----END RSA PRIVATE KEY-----⟧ loaded`,
      `{"k":"⟦-----BEGIN PRIVATE KEY-----\\n${sample(64)}\\n-----END PRIVATE KEY-----⟧\\n"}`,
      `⟦-----BEGIN OPENSSH PRIVATE KEY-----\n${PEM_BODY}⟧\nserver listens`,
    ],
    counterExamples: [
      `-----BEGIN CERTIFICATE-----\n${PEM_BODY}\n-----END CERTIFICATE-----`,
      '-----BEGIN PUBLIC KEY-----',
    ],
  },
  {
    id: 'age-key',
    group: 'credential',
    reason: 'An age identity (age-encryption.org) decrypts every file sealed to it.',
    keywords: ['age-secret-key-', 'age-plugin-'],
    pattern: /AGE-(?:SECRET-KEY|PLUGIN-[A-Z0-9]{1,20})-1[A-Z0-9]{40,200}/gi,
    examples: [`identity ⟦AGE-SECRET-KEY-1${sample(58, UPPER)}⟧`],
    counterExamples: [`recipient age1${sample(58).toLowerCase()}`, 'AGE-SECRET-KEY-1 is missing'],
  },
];
