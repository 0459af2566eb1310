/** Files that somebody puts in beside those of a store, each with what verification must name. */
import { gunzipSync } from 'node:zlib';
import type { Contents } from '../plain-files.ts';
import { type Damage, nameOf } from './damages.ts';

const ACTIVE = /\/[a-z0-9]+\.log$/;
const ROTATED = /\/[a-z0-9]+\.log\.\d{4}-\d{2}-\d{2}(\.\d+)?$/;

export function* additions(contents: Contents): Generator<Damage> {
  for (const [path, bytes] of contents) {
    if (path.endsWith('.gz')) yield* besideSealed(path, gunzipSync(bytes));
    else if ((ACTIVE.test(path) || ROTATED.test(path)) && bytes.length > 0) {
      yield* besidePlain(path, bytes);
    }
  }
}

/** A plain file of a sealed file's name: readers take it, as long as it is there. */
function* besideSealed(path: string, plain: Buffer): Generator<Damage> {
  const beside = path.slice(0, -'.gz'.length);
  const named = [nameOf(beside)];
  const texts = {
    'other text': forged(plain),
    nothing: Buffer.alloc(0),
    'half of its text': plain.subarray(0, plain.length >> 1),
  };
  for (const [what, text] of Object.entries(texts)) {
    yield { name: `${what} beside ${nameOf(path)}`, files: new Map([[beside, text]]), named };
  }
}

/** Its old text kept under a name that readers know, and a file that was never rotated. */
function* besidePlain(path: string, bytes: Buffer): Generator<Damage> {
  const active = path.slice(0, path.indexOf('.log') + '.log'.length);
  const aside = `${active}.suspect-20250701T000000000Z`;
  yield {
    name: `${nameOf(path)} with other text, its own kept beside it`,
    files: new Map([
      [path, forged(bytes)],
      [aside, bytes],
    ]),
    named: [nameOf(path)],
  };
  const added = `${active}.2025-07-12`;
  const [line = ''] = bytes.toString().split('\n', 1);
  const text = Buffer.from(`${line.replace(/"seq":\d+/, '"seq":5')}\n`);
  yield {
    name: `${nameOf(added)} put in`,
    files: new Map([[added, text]]),
    named: [nameOf(added)],
  };
}

function forged(plain: Buffer): Buffer {
  return Buffer.from(plain.toString().replaceAll('"message":"', '"message":"never written: '));
}
