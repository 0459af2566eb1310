import { expect, test } from 'vitest';
import { leafHash, merklePath, merkleRoot, rootOfPath } from './merkle.ts';

/** The leaves and roots of the reference tests of Certificate Transparency, which RFC 6962 is of. */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => leafHash(Buffer.from(hex, 'hex')));
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

test('roots are those of RFC 6962 for one to eight leaves, and for none', () => {
  for (const [at, root] of ROOTS.entries()) {
    expect(merkleRoot(LEAVES.slice(0, at + 1)).toString('hex')).toBe(root);
  }
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  expect(merkleRoot([]).toString('hex')).toBe(empty);
});

test('every leaf has a path to the root, and to no other with anything about it changed', () => {
  const all = Array.from({ length: 21 }, (_, at) => leafHash(Buffer.of(at)));
  for (let size = 1; size <= all.length; size++) {
    const leaves = all.slice(0, size);
    const root = merkleRoot(leaves);
    for (const [index, leaf] of leaves.entries()) {
      const path = merklePath(leaves, index);
      expect(rootOfPath(leaf, { index, size, path })).toEqual(root);
      const other = leaves[(index + 1) % size] ?? leaf;
      if (size > 1) expect(rootOfPath(other, { index, size, path })).not.toEqual(root);
      const longer = [...path, leaf];
      expect(rootOfPath(leaf, { index, size, path: longer })).not.toEqual(root);
      const shorter = rootOfPath(leaf, { index, size, path: path.slice(1) });
      if (size > 1) expect(shorter).toBeUndefined();
      expect(rootOfPath(leaf, { index: size, size, path })).toBeUndefined();
    }
  }
  expect(() => merklePath(all, 21)).toThrow('leaf 21 of 21');
});
