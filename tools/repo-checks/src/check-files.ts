import { type Check, problem } from './repo.ts';

const EMPTY_NAMES = new Set(['utils', 'util', 'common', 'helpers', 'helper', 'shared', 'core']);
const BINARY = /\.(png|jpe?g|gif|ico|webp|avif|woff2?|gz|zip|bin|zst)$/;

interface Trace {
  readonly what: string;
  readonly pattern: RegExp;
  /** Where it would do harm; masking rules and their tests may well speak of registries. */
  readonly files: RegExp;
}

const BUILD_FILES =
  /(^|\/)(package(-lock)?\.json|\.npmrc|Dockerfile[^/]*|\.ci\/[^/]+|[^/]+\.(ya?ml|sh|mjs))$/;

const TRACES: readonly Trace[] = [
  {
    what: 'a path of the machine it was written on',
    pattern: /(?<![\w/.-])\/work\//g,
    files: /^/,
  },
  {
    what: 'the address of a package registry',
    pattern: /\bregistry\.(npmjs|yarnpkg)\.|"resolved": "https?:|\b_authToken\b|\bregistry\s*=/g,
    files: BUILD_FILES,
  },
];

/** A name says what is inside; names that fit everything say nothing. */
export const checkNames: Check = (repo) => {
  const parts = repo.files.flatMap((file) => {
    const segments = file.split('/');
    return segments
      .filter((segment) => EMPTY_NAMES.has(segment.split('.')[0] ?? ''))
      .map((segment) => ({ segment, below: segments.slice(0, segments.indexOf(segment) + 1) }));
  });
  const paths = new Set(parts.map(({ below }) => below.join('/')));
  return [...paths].map((path) => problem(`${path}: name it after what it contains`));
};

/** Nothing in the repository points at one machine or one package registry. */
export const checkMachineTraces: Check = (repo) => {
  const texts = repo.files.filter((file) => !BINARY.test(file));
  return texts.flatMap((file) => {
    const text = repo.read(file);
    const traces = TRACES.filter(({ files }) => files.test(file));
    return traces.flatMap(({ what, pattern }) =>
      [...text.matchAll(pattern)].map(({ index }) => {
        const line = text.slice(0, index).split('\n').length;
        return problem(`${file}:${line} holds ${what}`);
      }),
    );
  });
};
