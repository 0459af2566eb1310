import { createInterface } from 'node:readline';
import { CliError, EXIT } from './errors.ts';

/** Asks on the terminal; what is typed is shown. */
export async function askLine(question: string): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  return await new Promise<string>((resolve, reject) => {
    reader.once('close', () => reject(new CliError('', EXIT.interrupted)));
    reader.question(question, (answer) => {
      resolve(answer.trim());
      reader.close();
    });
  });
}

/** Asks without showing what is typed. */
export async function askSecret(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  let text = '';
  try {
    for await (const chunk of stdin) {
      const typed = typeInto(text, String(chunk));
      text = typed.text;
      if (typed.isDone) return text;
    }
    throw new CliError('', EXIT.interrupted);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

/** Keys of a raw terminal: Enter ends, backspace takes back, Ctrl-C and Ctrl-D give up. */
export function typeInto(before: string, keys: string): { text: string; isDone: boolean } {
  let text = before;
  for (const key of keys) {
    if (key === '\r' || key === '\n') return { text, isDone: true };
    if (key === '\u0003' || key === '\u0004') throw new CliError('', EXIT.interrupted);
    if (key === '\u007f' || key === '\b') text = [...text].slice(0, -1).join('');
    else if (key >= ' ') text += key;
  }
  return { text, isDone: false };
}

/** The first line of a stdin that is no terminal. */
export async function readPipedLine(): Promise<string> {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return (text.split('\n')[0] ?? '').replace(/\r$/, '');
}
