import { defineConfig } from 'vitest/config';

/** Test projects by kind, not by package: what a test needs decides where it runs. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['{apps,libs,tools}/*/src/**/*.test.ts'] } },
      {
        test: {
          name: 'integration',
          include: ['{apps,libs}/*/test/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'system',
          include: ['tools/*/test/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
