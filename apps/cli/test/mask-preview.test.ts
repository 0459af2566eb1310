import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTempDir } from '@mcplog/test-kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { cleanEnv, mcplog, run, startProgram } from './run-cli.ts';

let dir: string;
let env: Record<string, string | undefined>;

beforeEach(async () => {
  dir = await makeTempDir('mask');
  env = cleanEnv(dir);
});

const mask = (input: string | Buffer, ...flags: string[]) =>
  run(mcplog('mask', ...flags), { env, input });

describe('mcplog mask', () => {
  it('prints the text masked, every other byte as it came, and tells the counts on stderr', async () => {
    const { code, stdout, stderr } = await mask(
      'a\r\npassword=hunter2 x\n\nada@example.com, bob@example.com\nno end',
    );
    expect(code).toBe(0);
    expect(stdout.toString()).toBe(
      'a\r\npassword=[masked:password] x\n\n[masked:email], [masked:email]\nno end',
    );
    expect(stderr.toString()).toBe('masked: 3 in 2 of 5 lines\n  email: 2\n  password: 1\n');
  });

  it('masks secrets of variables and files, over the end of a line too', async () => {
    writeFileSync(join(dir, 'secrets'), '# ours\nexport A="sesame/open+you"\n\nB=plainValue99\n');
    env.MY_KEY = 'tk-qwertyuiop-4711';
    const { stdout } = await mask(
      'tk-qwertyui\nop-4711 done\nsesame%2Fopen%2byou plainValue99\n',
      '--secret-env',
      'MY_KEY',
      '--secrets-file',
      join(dir, 'secrets'),
    );
    expect(stdout.toString()).toBe(
      '[masked:secret:MY_KEY]\n[masked:secret:MY_KEY] done\n[masked:secret:A] [masked:secret:B]\n',
    );
  });

  it('prints counts as JSON', async () => {
    const { stdout, stderr } = await mask('password=hunter2\nhello\n', '--json');
    expect(JSON.parse(stdout.toString())).toEqual({
      lines: 2,
      characters: 21,
      maskedLines: 1,
      overBudget: 0,
      rules: { password: 1 },
    });
    expect(stderr.toString()).toBe('');
  });

  it('answers a check with its exit status and shows no text', async () => {
    const found = await mask('password=hunter2\n', '--check');
    expect([found.code, found.stdout.toString()]).toEqual([1, '']);
    const clean = await mask('listening on port 80\n', '--check');
    expect([clean.code, clean.stdout.toString()]).toEqual([0, '']);
  });

  it('switches personal data', async () => {
    const input = 'ada@example.com from 203.0.113.9\n';
    expect((await mask(input, '--personal-data', 'ip')).stdout.toString()).toBe(
      'ada@example.com from [masked:ip]\n',
    );
    expect((await mask(input, '--personal-data', 'none')).stdout.toString()).toBe(input);
  });

  it.each([
    [['--secret-env', 'NOT_SET'], '--secret-env NOT_SET: there is no such variable'],
    [['--secrets-file', 'not-there'], '--secrets-file not-there: ENOENT'],
    [['--personal-data', 'shoe-size'], '--personal-data shoe-size: accepted are email'],
    [['--colour-of-the-sky'], 'unknown option'],
  ])('refuses %j with status 2', async (flags, words) => {
    const { code, stderr } = await mask('', ...flags);
    expect(code).toBe(2);
    expect(stderr.toString()).toContain(words);
  });

  it('says which secret it cannot mask', async () => {
    env.PIN = '7';
    const { stderr } = await mask('7\n', '--secret-env', 'PIN');
    expect(stderr.toString()).toContain('the value of PIN is too short to be masked');
  });

  it('masks a token wherever it stands in a line without an end', async () => {
    const running = startProgram(mcplog('mask'), { env });
    const token = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;
    const words = 'some ordinary words of a long line '.repeat(20_000);
    for (let i = 0; i < 12; i++) {
      if (running.child.stdin.write(`${words}${' '.repeat(i * 7)}${token} `)) continue;
      await new Promise<void>((resolve) => running.child.stdin.once('drain', () => resolve()));
    }
    running.child.stdin.end();
    const { code, stdout } = await running.ended;
    expect(code).toBe(0);
    expect(stdout.includes('ghp_')).toBe(false);
    expect(stdout.toString().split('[masked:github-token]')).toHaveLength(13);
  });
});
