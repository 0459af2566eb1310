import { fileURLToPath } from 'node:url';

/** The program of hostile-server.ts. */
export const hostileServerPath = fileURLToPath(new URL('./hostile-server.ts', import.meta.url));
