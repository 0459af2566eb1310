export const SECRET_ENCODINGS = ['plain', 'json', 'url', 'base64', 'base64url', 'wrapped'] as const;
export type SecretEncoding = (typeof SECRET_ENCODINGS)[number];

const ENCODE: Readonly<Record<SecretEncoding, (secret: string) => string>> = {
  plain: (secret) => secret,
  json: (secret) => JSON.stringify({ token: secret }),
  url: (secret) => `https://example.com/?token=${encodeURIComponent(secret)}`,
  base64: (secret) => Buffer.from(secret).toString('base64'),
  base64url: (secret) => Buffer.from(secret).toString('base64url'),
  wrapped: (secret) => {
    const middle = Math.ceil(secret.length / 2);
    return `${secret.slice(0, middle)}\n${secret.slice(middle)}`;
  },
};

/** One line per encoding, `<encoding>: <encoded secret>`; `wrapped` breaks the secret in two lines. */
export function secretLines(
  secret: string,
  encodings: readonly SecretEncoding[] = ['plain', 'json', 'url', 'base64', 'base64url'],
): string {
  return encodings.map((encoding) => `${encoding}: ${ENCODE[encoding](secret)}\n`).join('');
}
