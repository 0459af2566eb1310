/** Starts service.ts as the launcher does, for service-life.test.ts; prints what it is told. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const child = fork(fileURLToPath(new URL('./service.ts', import.meta.url)), {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
});
child.on('message', (message) => console.log(JSON.stringify({ msg: JSON.stringify(message) })));
