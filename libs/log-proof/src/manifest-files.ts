/** Finds the manifests and directories of the log directory. */
import { join } from 'node:path';
import { type Disk, listLogDirectories } from '@mcplog/log-store/check';
import { readWholeFile } from './durable-file.ts';
import { dayOfManifestFile, SignedManifest } from './manifest.ts';
import { parseStatement } from './statement.ts';

/** Every directory that has logs, as steps below the log directory: `users/user_u1/mcp_i1`. */
export function listDirectories(disk: Disk, logs: string): string[] {
  return listLogDirectories(disk, logs).map(({ steps }) => steps.join('/'));
}

export function isDirectory(disk: Disk, path: string): boolean {
  return disk.lstat(path)?.kind === 'directory';
}

/** The newest manifest of a directory that can be read. @param index the `.index` directory */
export function readNewestManifest(disk: Disk, index: string): SignedManifest | undefined {
  if (!isDirectory(disk, index)) return undefined;
  const names = disk.readdir(index).filter((name) => dayOfManifestFile(name) !== undefined);
  for (const name of names.sort().reverse()) {
    const text = readWholeFile(disk, join(index, name))?.toString().trimEnd();
    const manifest = text && parseStatement(SignedManifest, text);
    if (manifest) return manifest;
  }
  return undefined;
}
