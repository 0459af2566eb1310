/** `node main.ts <folder>`: listens at `<folder>/reader.sock` until it is told to stop. */
import { exit } from 'node:process';
import { listenAlone } from './listen.ts';
import { PipeReader } from './pipe-reader.ts';
import { socketPathIn } from './socket-path.ts';

const socketPath = socketPathIn(process.argv[2] ?? '.');
const server = await listenAlone(socketPath);
// Another one is at work: the supervisor that started this one finds it.
if (server === undefined) exit(0);

const reader = new PipeReader(server, {
  socketPath,
  onDone: () => {
    reader.close();
    exit(0);
  },
});
// A service manager signals everybody at once; the supervisor needs the reader to the last.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!reader.hasSupervisor) exit(0);
  });
}
process.on('uncaughtException', (error) => {
  reader.tellTrouble(`the pipe reader fails: ${error.stack ?? error.message}`);
  setTimeout(() => exit(1), 100);
});
