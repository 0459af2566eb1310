/** `master.key`: 32 random bytes as one base64 line, mode 0600. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

const KEY_BYTES = 32;
const FILE_BYTES = 45;
const OTHERS_MAY_READ = 0o077;

/**
 * The key at `path`; made when there is none. Services that start together all get the same key:
 * it is written beside and then linked into place, so that nobody reads half of it.
 * @throws Error telling the operator what to do when the file is damaged or readable by others.
 */
export async function loadOrCreateMasterKey(path: string): Promise<Buffer> {
  const existing = await loadKey(path);
  if (existing) return existing;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await createKey(path);
  const key = await loadKey(path);
  if (!key) throw new Error(`${path} vanished while it was made; start again`);
  return key;
}

async function loadKey(path: string): Promise<Buffer | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(ifCode('ENOENT'));
  if (!file) return undefined;
  try {
    const { mode, size } = await file.stat();
    if ((mode & OTHERS_MAY_READ) !== 0) {
      throw new Error(`${path} can be read by others; run: chmod 600 ${path}`);
    }
    const text = size === FILE_BYTES ? await file.readFile('utf8') : '';
    const key = Buffer.from(text, 'base64');
    if (key.length !== KEY_BYTES || `${key.toString('base64')}\n` !== text) {
      throw new Error(`${path} is not a master key (one line, 32 bytes in base64); restore it`);
    }
    return key;
  } finally {
    await file.close();
  }
}

async function createKey(path: string): Promise<void> {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
  const file = await open(draft, flags, 0o600);
  try {
    await file.writeFile(`${randomBytes(KEY_BYTES).toString('base64')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await link(draft, path).catch(ifCode('EEXIST'));
  await unlink(draft);
  await syncDirectory(dirname(path));
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY);
  await directory.sync().finally(() => directory.close());
}

function ifCode(code: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== code) throw error;
    return undefined;
  };
}
