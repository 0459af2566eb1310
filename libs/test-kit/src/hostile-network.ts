/** How a hostile program speaks to services on loopback that are not meant for it. */
import { request as openRequest } from 'node:http';
import net from 'node:net';
import type { HostileAttempt } from './hostile-server.ts';

const ANSWER_MS_MAX = 3_000;
const DETAIL_CHARS = 160;

/** Sends bytes to a port; whoever answers with `success` has let it in. */
export interface HostileTalk {
  readonly name: string;
  readonly port: number;
  readonly say: string;
  readonly success: string;
}

export interface HostileRequest {
  readonly name: string;
  readonly port: number;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export function talk({ name, port, say, success }: HostileTalk): Promise<HostileAttempt> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = net.connect(port, '127.0.0.1', () => socket.write(say));
    const finish = () => {
      clearTimeout(timer);
      socket.destroy();
      const outcome = heard.includes(success) ? 'done' : 'refused';
      resolve({ attempt: name, target: String(port), outcome, detail: heard.slice(-DETAIL_CHARS) });
    };
    const timer = setTimeout(finish, ANSWER_MS_MAX);
    socket.on('data', (data) => {
      heard += data.toString('latin1');
      if (heard.includes(success)) finish();
    });
    socket.on('error', (error) => {
      heard += String(error);
    });
    socket.on('close', finish);
  });
}

/** An answer with a status below 400, an upgrade included, has let it in. */
export function request(wanted: HostileRequest): Promise<HostileAttempt> {
  const { name, port, path, method = 'GET', headers = {}, body } = wanted;
  const target = `${method} ${port}${path}`;
  return new Promise((resolve) => {
    const tell = (isIn: boolean, detail: string) =>
      resolve({
        attempt: name,
        target,
        outcome: isIn ? 'done' : 'refused',
        detail: detail.slice(0, DETAIL_CHARS),
      });
    const options = { host: '127.0.0.1', port, path, method, headers, timeout: ANSWER_MS_MAX };
    const sent = openRequest(options, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      const tellStatus = () =>
        tell((answer.statusCode ?? 500) < 400, `${answer.statusCode} ${text}`);
      answer.on('end', tellStatus);
      // Cut off in the middle: what let it in has let it in.
      answer.on('error', tellStatus).on('close', tellStatus);
    });
    sent.on('upgrade', (_answer, socket) => {
      socket.destroy();
      tell(true, 'upgraded');
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', (error) => tell(false, String(error)));
    sent.end(body);
  });
}
