/** How a hostile program looks for what is not its own on a machine. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';

/** Kernel's views, the system's own programs, and packages: large, and the same everywhere. */
const PASSED = /^\/(proc|sys|dev|usr|lib\w*|opt)$|\/(node_modules|\.git)$/;
const FILE_BYTES_MAX = 32 * 2 ** 20;
const PTRACE_ATTACH = 16;

/** Files below a folder that hold any of the texts; `own` is left out. */
export function filesWith(folder: string, marks: readonly string[], own: string): string[] {
  const needles = marks.map((mark) => Buffer.from(mark));
  const found: string[] = [];
  const folders = [folder];
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    for (const item of itemsOf(at)) {
      const path = join(at, item.name);
      if (PASSED.test(path) || path === own) continue;
      if (item.isDirectory()) folders.push(path);
      else if (item.isFile() && holdsAny(path, needles)) found.push(path);
    }
  }
  return found;
}

function itemsOf(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function holdsAny(path: string, needles: readonly Buffer[]): boolean {
  try {
    if (fs.statSync(path).size > FILE_BYTES_MAX) return false;
    const bytes = fs.readFileSync(path);
    return needles.some((needle) => bytes.includes(needle));
  } catch {
    return false;
  }
}

/** As a debugger would. @throws Error when it may not, or this machine has no Python to ask with */
export function attachTo(pid: number): string {
  const script = `
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
if libc.ptrace(${PTRACE_ATTACH}, ${pid}, 0, 0) != 0: raise SystemExit(os.strerror(ctypes.get_errno()))
os.waitpid(${pid}, 0)`;
  execFileSync('python3', ['-c', script], { stdio: 'pipe', timeout: 10_000 });
  return 'attached';
}
