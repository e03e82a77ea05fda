// More than one process (`--processes`, and `--store shared`): workers that share the port, and a primary that starts
// them, ends them, and keeps the state that they share. It serves no request itself.

import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { answerTo } from './calls.mjs';
import { State } from './state.mjs';

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));

/** Longest wait until all workers listen, in ms. */
const START_MAX_MS = 60_000;

let isEnding = false;

/**
 * Starts the workers, and returns once all of them listen: where, and which processes there are, the primary first.
 * From then on the death of one of them ends the server.
 */
export async function startWorkers({ options, keys }) {
  const state = new State();
  // Messages keep what JSON would lose, such as members that are undefined.
  cluster.setupPrimary({ exec: WORKER, args: [], serialization: 'advanced' });
  const workers = Array.from({ length: options.processes }, () => cluster.fork());
  cluster.on('exit', (worker, code, signal) => {
    if (isEnding) return;
    const how = signal === null ? `exit code ${code}` : signal;
    console.error(`server.mjs: worker process ${worker.process.pid} ended with ${how}, and the server ends with it`);
    end(1);
  });
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => end(0));

  const isShared = options.store === 'shared';
  const started = Promise.all(workers.map((worker) => {
    if (isShared) worker.on('message', (message) => reply(worker, state, message));
    return new Promise((resolve) => {
      worker.on('message', ({ isLoaded, issuer }) => {
        // What is sent to a worker before it listens to messages is lost.
        if (isLoaded) worker.send({ start: { options, keys } });
        if (issuer) resolve(issuer);
      });
    });
  }));
  const [issuer] = await withinStartMax(started);
  return { issuer, pids: [process.pid, ...workers.map((worker) => worker.process.pid)] };
}

async function reply(worker, state, message) {
  const answer = await answerTo(state, message);
  if (answer !== undefined && worker.isConnected()) worker.send(answer);
}

async function withinStartMax(started) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    const error = new Error(`not all worker processes listened within ${START_MAX_MS} ms`);
    timer = setTimeout(reject, START_MAX_MS, error);
  });
  try {
    return await Promise.race([started, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Ends the workers, which have nothing to tidy up, and then this process. */
function end(exitCode) {
  if (isEnding) return;
  isEnding = true;
  const workers = Object.values(cluster.workers);
  const exits = workers.map((worker) => new Promise((resolve) => {
    if (worker.isDead()) resolve();
    else worker.once('exit', resolve);
    worker.process.kill('SIGKILL');
  }));
  Promise.all(exits).then(() => process.exit(exitCode));
}
