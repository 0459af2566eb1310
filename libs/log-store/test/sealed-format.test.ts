/** Do sealed segments and indexes hold exactly what FORMAT.md says? */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { crc32, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeDisk, openSegment, readBlock } from '../src/check.ts';
import { decodeMemberHeader, encodeMember, inflateMember } from '../src/segment/gzip-member.ts';
import { IndexBuilder } from '../src/segment/index-builder.ts';
import { decodeIndex, encodeIndex, headerOf, sha256 } from '../src/segment/segment-index.ts';
import { manyEntries, NAME, scene, seal, sealedScene } from './segments.ts';

const document = readFileSync(new URL('../FORMAT.md', import.meta.url), 'utf8');
const fences = document.split('```').filter((_, at) => at % 2 === 1);
const exampleLine = `${document.split('\n').find((line) => line.startsWith('{"timestamp"'))}\n`;
const [memberHex = '', indexSha256 = ''] = fences
  .map((fence) => fence.replace(/\s/g, ''))
  .filter((fence) => /^[0-9a-f]{64,}$/.test(fence));
const member = Buffer.from(memberHex, 'hex');

function exampleIndex(): Buffer {
  const plain = Buffer.from(exampleLine);
  const builder = new IndexBuilder();
  const place = { number: 0, offset: 0, plainOffset: 0 };
  builder.add(builder.describe(plain), place, { member, plainBytes: plain.length });
  const tables = builder.finish();
  const sums = { storedBytes: member.length, plainBytes: plain.length, plainSha256: sha256(plain) };
  return encodeIndex(headerOf(tables, sums), tables, Buffer.alloc(0));
}

test('the member of the worked example stands byte for byte as the table says', () => {
  expect(member.length).toBe(207);
  expect(document).toContain('as the only block of a segment, 207 bytes');
  expect(member.subarray(0, 16).toString('hex')).toBe('1f8b08040000000000ff28004d422400');
  expect(member.readUInt16LE(10)).toBe(40);
  expect(member.toString('latin1', 12, 14)).toBe('MB');
  expect(member.readUInt16LE(14)).toBe(36);
  expect(member.readUInt32LE(16)).toBe(207);
  expect(member.readUInt32LE(20)).toBe(179);
  expect(member.readUInt32LE(24)).toBe(0);
  expect(member.readUInt32LE(28)).toBe(1);
  expect(member.readBigUInt64LE(32)).toBe(4294967297n);
  expect(member.readBigUInt64LE(40)).toBe(4294967297n);
  expect(member.readUInt32LE(48)).toBe(crc32(member.subarray(0, 48)));
  expect(member.readUInt32LE(207 - 8)).toBe(crc32(exampleLine));
  expect(member.readUInt32LE(207 - 4)).toBe(179);
  expect(gunzipSync(member).toString()).toBe(exampleLine);
  expect(inflateMember(member)?.toString()).toBe(exampleLine);
});

test('the index of the worked example stands byte for byte as the tables say', () => {
  const index = exampleIndex();
  expect(createHash('sha256').update(index).digest('hex')).toBe(indexSha256);
  expect(document).toContain(`has 256 rows of grams\nand ${index.length} bytes`);
  expect(index.toString('latin1', 0, 8)).toBe('mcplidx\u0001');
  expect([8, 12, 16, 20].map((at) => index.readUInt32LE(at))).toEqual([1, 1, 256, 0]);
  const numbers = [207, 179, 1, 0, 4294967297, 4294967297, 1752420600000, 1752420600000];
  expect(numbers.map((_, at) => Number(index.readBigInt64LE(24 + 8 * at)))).toEqual(numbers);
  const tables = index.subarray(256, 256 + 160 + 16 + 8);
  const map = index.subarray(440, 440 + 256);
  expect(index.subarray(88, 120)).toEqual(sha256(Buffer.from(exampleLine)));
  const leaf = createHash('sha256').update(Buffer.of(0)).update(member).digest();
  expect(index.subarray(120, 152)).toEqual(leaf);
  expect(index.subarray(152, 184)).toEqual(sha256(tables));
  expect(index.subarray(184, 216)).toEqual(sha256(map));
  expect(index.subarray(216, 248)).toEqual(sha256());
  expect(index.readUInt32LE(252)).toBe(crc32(index.subarray(0, 252)));
  const row = index.subarray(256, 416);
  expect([16, 20, 24, 28].map((at) => row.readUInt32LE(at))).toEqual([207, 179, 1, 0]);
  const [level, type, flags, number] = [64 + 4, 84 + 4, 104, 108].map((at) => row.readUInt32LE(at));
  expect([level, type, flags, number]).toEqual([1, 1, 0, 0]);
  expect(row.subarray(128)).toEqual(leaf);
  const minute = index.subarray(416, 432);
  expect([minute.readUInt32LE(0), minute[4], minute[5]]).toEqual([1752420600000 / 60_000, 1, 1]);
  expect(minute.readBigInt64LE(8)).toBe(1n);
  expect(index.readUInt32LE(432)).toBe(crc32(map));
});

test('a gram of the example stands in the row that the formula gives', () => {
  const map = exampleIndex().subarray(440, 696);
  const rea = (BigInt('r'.charCodeAt(0)) << 16n) | BigInt(('e'.charCodeAt(0) << 8) | 0x61);
  const row = Number((((rea * 256n * 0x9e3779b1n) & 0xffffffffn) >> 15n) % 256n);
  expect(map[row]).toBe(1);
  expect(map.filter((byte) => byte !== 0).length).toBeLessThanOrEqual(256 * 0.4);
});

test('any gzip tool reads a sealed file as the rotated one', async () => {
  const { paths, plain, facts } = await sealedScene(manyEntries(400));
  expect(facts.blocks).toBeGreaterThan(20);
  execFileSync('gzip', ['-t', paths.sealed]);
  const options = { maxBuffer: 2 ** 26 };
  expect(execFileSync('zcat', [paths.sealed], options).equals(plain)).toBe(true);
  const text = execFileSync('zcat', [paths.sealed], options).toString();
  const last = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .at(-1);
  expect(last).toEqual(manyEntries(400).at(-1));
  expect(gunzipSync(readFileSync(paths.sealed)).equals(plain)).toBe(true);
});

test('an empty file is a segment that gzip reads, too', async () => {
  const scenery = await scene(Buffer.alloc(0));
  expect(await seal(scenery)).toMatchObject({ blocks: 1, plainBytes: 0, lines: 0, lastSeq: 0 });
  execFileSync('gzip', ['-t', scenery.paths.sealed]);
});

/** Bytes that a rotated file should not hold, and must survive all the same. */
const BYTES = fc.array(
  fc.oneof(
    fc.constantFrom(...manyEntries(20).map((entry) => Buffer.from(`${JSON.stringify(entry)}\n`))),
    fc.constantFrom('\n', '{"timestamp":"torn', '\0\0\0', '\n\n').map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc.integer({ min: 1000, max: 5000 }).map((bytes) => Buffer.alloc(bytes, 'x')),
  ),
  { maxLength: 30 },
);

test('whatever the bytes, the blocks together are the file and each ends in a newline or has none', async () => {
  await fc.assert(
    fc.asyncProperty(BYTES, async (parts) => {
      const plain = Buffer.concat(parts);
      const scenery = await scene(plain);
      const facts = await seal(scenery, { limits: { blockBytes: 700, lineBytesMax: 2800 } });
      const segment = openSegment(nodeDisk, scenery.directory, NAME);
      if (segment === undefined) throw new Error('not sealed');
      const blocks = segment.rows.map((_, row) => readBlock(segment, row));
      segment.close();
      const texts = blocks.map((block) => (block.kind === 'sound' ? block.plain : Buffer.alloc(0)));
      expect(Buffer.concat(texts).equals(plain)).toBe(true);
      for (const text of texts) expect([-1, text.length - 1]).toContain(text.lastIndexOf('\n'));
      expect(facts.plainSha256).toEqual(sha256(plain));
      expect(facts.lines).toBe(plain.filter((byte) => byte === 0x0a).length);
      expect(gunzipSync(readFileSync(scenery.paths.sealed)).equals(plain)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('a member, a header and an index give back what was put in', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 3000 }),
      fc.record({
        number: fc.nat(),
        lines: fc.nat(),
        firstSeq: fc.maxSafeNat(),
        lastSeq: fc.maxSafeNat(),
      }),
      (plain, content) => {
        const encoded = encodeMember(plain, content);
        const sizes = { storedBytes: encoded.length, plainBytes: plain.length };
        expect(decodeMemberHeader(encoded)).toEqual({ ...content, ...sizes });
        expect(inflateMember(encoded)).toEqual(Buffer.from(plain));
      },
    ),
  );
});

test('a flip of any bit of an index is noticed', () => {
  const index = exampleIndex();
  for (let at = 0; at < index.length; at++) {
    const changed = Buffer.from(index);
    changed[at] = (changed[at] as number) ^ (1 << (at % 8));
    expect(decodeIndex(changed).kind).toBe('damaged');
  }
  expect(decodeIndex(index).kind).toBe('sound');
  expect(decodeIndex(index.subarray(0, -1)).kind).toBe('damaged');
  expect(decodeIndex(Buffer.concat([index, Buffer.alloc(8)])).kind).toBe('damaged');
});
