import type { KeyObject } from 'node:crypto';
import type { MemoryDisk } from '@mcplog/test-kit';
import { publicKeyOf, SignedCertificate } from '../src/certificate.ts';
import { parseStatement } from '../src/statement.ts';

/** Every certificate on the disk, by day. */
export function certificatesOn(disk: MemoryDisk, signer = ''): SignedCertificate[] {
  return [...disk.contents()]
    .filter(([path]) => path.startsWith('/data/') && path.includes(`${signer}/certificates/`))
    .filter(([path]) => path.endsWith('.json'))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([path, data]) => {
      const certificate = parseStatement(SignedCertificate, data.toString().trimEnd());
      if (certificate === undefined) throw new Error(`${path} is no certificate`);
      return certificate;
    });
}

export function publicKeyNamed(certificate: SignedCertificate): KeyObject {
  return publicKeyOf(certificate.body.publicKey);
}
