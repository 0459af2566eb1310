import { isIP } from 'node:net';
import type { MaskRule } from '../rule.ts';
import { ibanEnd, isCardNumber, isSsn } from '../validators.ts';
import { isUserOfAddress } from '../value-extent.ts';

const NO_MAIL_DOMAIN =
  /\.(?:png|jpe?g|gif|svg|webp|ico|css|m?js|c?ts|tsx|jsx|json|md|html?|ya?ml|txt|log|zip|gz|service|socket|timer|mount|target|slice|scope)$/i;

/** Personal data; each kind has a switch. */
export const PERSONAL_RULES: readonly MaskRule[] = [
  {
    id: 'email',
    group: 'personal',
    data: 'email',
    reason: 'An e-mail address names a person.',
    keywords: ['%40'],
    shape: 'at-sign',
    pattern:
      /(?:(?<![A-Za-z0-9._%+-]|\\(?=[nrt]))|(?<=\\[nrt]))[A-Za-z0-9._%+-]{1,64}(?:@|%40)(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9@-])/g,
    accepts: ({ text, start, end, value }) =>
      !value.startsWith('git@') &&
      !NO_MAIL_DOMAIN.test(value) &&
      !isUserOfAddress(text, start) &&
      !/^:[~/]/.test(text.slice(end, end + 2)),
    examples: [
      'mail to ⟦ada.lovelace+x@example.co.uk⟧ sent',
      '"email":"⟦ada@example.com⟧"',
      '?to=⟦ada%40example.com⟧',
      'to:\\n⟦ada@example.com⟧',
    ],
    counterExamples: [
      'git@github.com:org/repo.git',
      'cloned\\ngit@github.com:org/repo.git',
      'icon@2x.png',
      'react@19.2.0',
      '@scope/name@latest',
      'getty@tty1.service',
      'root@db.internal:~# ls',
      'postgres://app@db.example.com/crm',
    ],
  },
  {
    id: 'card',
    group: 'personal',
    data: 'card',
    reason: 'A payment card number (ISO/IEC 7812, Luhn): PCI DSS forbids it in logs.',
    keywords: [],
    shape: 'card-digits',
    pattern:
      /(?<![\w.])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5}|\d{13,19})(?!\w|[.-]\d)/g,
    accepts: ({ value }) => isCardNumber(value),
    examples: [
      'paid with ⟦4111 1111 1111 1111⟧',
      'pan=⟦5555555555554444⟧',
      'amex ⟦3782-822463-10005⟧',
    ],
    counterExamples: ['ts=1763904549123', 'id 4111111111111112', 'trace 4111111111111111abc'],
  },
  {
    id: 'iban',
    group: 'personal',
    data: 'iban',
    reason: 'A bank account number (ISO 13616, mod 97).',
    keywords: [],
    shape: 'iban-head',
    pattern: /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?= ?[A-Z0-9]{4})/g,
    extent: ibanEnd,
    examples: ['to ⟦DE89 3704 0044 0532 0130 00⟧ today', 'iban=⟦GB82WEST12345698765432⟧'],
    counterExamples: ['DE89370400440532013001', 'AB12CDEF', 'US12 3456 7890'],
  },
  {
    id: 'ssn',
    group: 'personal',
    data: 'ssn',
    reason: 'A United States social security number, written with dashes.',
    keywords: [],
    shape: 'ssn-dashes',
    pattern: /(?<![\w.-])\d{3}-\d{2}-\d{4}(?![\w-])/g,
    accepts: ({ value }) => isSsn(value),
    examples: ['ssn ⟦219-09-9999⟧'],
    counterExamples: ['2026-11-23', '000-12-3456', '900-12-3456', 'part 219-09-99991'],
  },
  {
    id: 'phone',
    group: 'personal',
    data: 'phone',
    reason: 'A telephone number with its country code (ITU-T E.164), or in North American form.',
    keywords: [],
    shape: 'any-digit',
    pattern: /(?<![\w.+])\+[1-9][\d ().-]{6,20}\d(?!\w)|(?<![\w.])\(\d{3}\) ?\d{3}-\d{4}(?!\w)/g,
    accepts: ({ value }) => /^\d{8,15}$/.test(value.replace(/\D/g, '').padStart(8, '0')),
    examples: ['call ⟦+49 30 901820⟧', 'call ⟦(555) 123-4567⟧'],
    counterExamples: ['+5 items', 'offset +0100', 'took 1200 ms'],
  },
  {
    id: 'ip',
    group: 'personal',
    data: 'ip',
    reason: 'An address of a person’s machine; loopback and unspecified addresses stay.',
    keywords: [],
    shape: 'any-digit',
    pattern:
      /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]\d)(?!\w)|(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])/gi,
    accepts: ({ value }) => isIP(value) !== 0 && !/^(?:127\.|0\.0\.0\.0$|::1?$)/.test(value),
    examples: ['from ⟦203.0.113.9⟧ port 80', 'from ⟦2001:db8::17⟧'],
    counterExamples: ['at 12:30:45', 'on 127.0.0.1', 'v1.2.3', 'on ::1'],
  },
];
