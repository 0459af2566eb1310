import { KEY_BEGIN, keyExtent } from '../private-key.ts';
import type { MaskRule } from '../rule.ts';
import { isJwtHeader } from '../validators.ts';
import { fenced } from './fence.ts';
import { sample, UPPER } from './sample.ts';

const PEM_BODY = `${sample(64)}\n${sample(40)}==`;

/** `{"alg":"EdDSA","typ":"JWT"}` */
const JWT_HEADER = 'eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9';

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
  {
    id: 'jwt',
    group: 'credential',
    reason: 'A JSON Web Token (RFC 7519, RFC 7516) is a login for as long as it is valid.',
    keywords: ['eyj'],
    pattern: fenced(/eyJ[A-Za-z0-9_-]{8,800}(?:\.[A-Za-z0-9_-]{0,16000}){2,4}/),
    accepts: ({ value }) => isJwtHeader(value.slice(0, value.indexOf('.'))),
    examples: [`session ⟦${JWT_HEADER}.${sample(80)}.${sample(43)}⟧ opened`],
    counterExamples: [
      `eyJ${sample(20)}.${sample(20)}.${sample(20)}`,
      'import com.keyJacket.model.View',
    ],
  },
];
