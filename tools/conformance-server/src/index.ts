import { fileURLToPath } from 'node:url';

/** The program to run: without arguments over stdio, with `--http PORT` over HTTP. */
export const conformanceServerPath = fileURLToPath(new URL('./main.ts', import.meta.url));
