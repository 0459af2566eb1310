/** Searches every file below some folders for what must not lie in any of them. */
import { gunzipSync } from 'node:zlib';
import { filesBelow, readIfThere } from './log-files.ts';

/** One form of something that must not be found. */
export interface Needle {
  readonly name: string;
  readonly bytes: Buffer;
}

/** So long a part of a generated secret is no accident. */
const PART_CHARS = 12;

/**
 * A secret as it stands in files: plain, JSON-escaped once and twice, URL-encoded, in hexadecimal,
 * and each of the first three in base64 wherever it begins within what was encoded.
 */
export function needlesOf(name: string, secret: string): Needle[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const url = encodeURIComponent(secret);
  const forms: Readonly<Record<string, readonly string[]>> = {
    plain: [secret],
    json: [json, JSON.stringify(json).slice(1, -1)],
    url: [url, url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()), encodeURIComponent(url)],
    hex: [Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('hex').toUpperCase()],
    base64: [secret, json, url].flatMap(base64Forms),
  };
  return Object.entries(forms).flatMap(([form, texts]) =>
    [...new Set(texts)].map((text) => ({ name: `${name} (${form})`, bytes: Buffer.from(text) })),
  );
}

/** Every part of a secret that nobody would write by chance. */
export function partsOf(name: string, secret: string): Needle[] {
  return Array.from({ length: secret.length - PART_CHARS + 1 }, (_, at) => ({
    name: `${name} (part at ${at})`,
    bytes: Buffer.from(secret.slice(at, at + PART_CHARS)),
  }));
}

/** Base64 encodes three bytes at once: the text at each place in such a group, whole digits only. */
function base64Forms(text: string): string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor((bytes.length * 8) / 6);
    return [bytes.toString('base64').slice(from, to), bytes.toString('base64url').slice(from, to)];
  });
}

/** `<file>: <needle>` of everything found, gzip files searched packed and unpacked. */
export function searchBelow(dirs: readonly string[], needles: readonly Needle[]): string[] {
  return dirs.flatMap(filesBelow).flatMap((file) => {
    const bytes = readIfThere(file);
    if (bytes === undefined) return [];
    const forms = file.endsWith('.gz') ? [bytes, gunzipSync(bytes)] : [bytes];
    const found = needles.filter((needle) => forms.some((form) => form.includes(needle.bytes)));
    return found.map(({ name }) => `${file}: ${name}`);
  });
}
