import { connect } from 'node:net';

export interface Greeting {
  /** Sent after connecting; empty when the server speaks first. */
  readonly send: string;
  readonly expect: string;
}

const TIMEOUT_MS = 2_000;

/** True when a server on this loopback port answers with `expect`. */
export function answersOn(port: number, { send, expect }: Greeting): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.setEncoding('utf8').setTimeout(TIMEOUT_MS, () => settle(false));
    socket.once('connect', () => socket.write(send));
    socket.once('data', (text: string) => settle(text.startsWith(expect)));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
  });
}
