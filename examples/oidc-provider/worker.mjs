// One of several processes that share the port. processes.mjs starts it, and says with what; it ends when the primary
// does.

import { Calls } from './calls.mjs';
import { RemoteState } from './remote-state.mjs';
import { serve } from './serve.mjs';
import { State } from './state.mjs';

const calls = new Calls((message) => process.send(message));

process.on('message', async (message) => {
  if (message.start === undefined) {
    calls.receive(message);
    return;
  }
  const { options, keys } = message.start;
  const state = options.store === 'shared' ? new RemoteState(calls) : new State();
  try {
    process.send({ issuer: await serve({ options, keys, state }) });
  } catch (error) {
    console.error(`server.mjs: ${error.message}`);
    process.exit(1);
  }
});

process.send({ isLoaded: true });
