import { parentPort } from 'node:worker_threads';
import { nodeDisk, sealSegment } from '@mcplog/log-store/maintenance';
import type { RotatedFile } from './sealed-store.ts';

parentPort?.on('message', async ({ directory, name }: RotatedFile) => {
  await sealSegment({ disk: nodeDisk, directory, name, sign: async () => new Uint8Array() });
  parentPort?.postMessage('sealed');
});
