/** The worker of `mcplog wrap`: capture, masking, spool and delivery of one server. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Deliveries } from './deliveries.ts';
import { ServerCapture } from './server-capture.ts';
import type { FeedMessage, WorkerMessage, WrapJob } from './wrap-messages.ts';

const port = parentPort as MessagePort;
const job = workerData as WrapJob;
const post = (message: WorkerMessage) => port.postMessage(message);

const capture = new ServerCapture(job, {
  onEntry: (line) => deliveries.add(line),
});
const deliveries = new Deliveries(job, {
  name: capture.name,
  command: capture.command,
  onProblem: (words) => post({ kind: 'problem', words: capture.mask(words) }),
  onLost: (count) => capture.noteLost(count),
});
capture.begin();

port.on('message', (message: FeedMessage) => {
  switch (message.kind) {
    case 'chunk':
      capture.take(message);
      post({ kind: 'taken', bytes: message.bytes.length });
      return;
    case 'skipped':
      capture.noteSkipped(message.bytes);
      return;
    case 'hurry':
      deliveries.stop();
      return;
    case 'end':
      capture.end(message);
      void deliveries.end().then(() => {
        post({ kind: 'done' });
        port.close();
      });
      return;
  }
});
