// The command line.

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FAULTS } from './faults.mjs';

/** The stores that there are to choose from. */
const STORES = ['unbounded', 'lru', 'shared'];

/** Most worker processes. */
const PROCESSES_MAX = 64;

/** Faults that sit in the stores of this folder, and not in the library's. */
const FAULTS_OF_THE_STORE = ['redeem-twice', 'ping-before-decision'];

const LOOPBACK = ['127.0.0.1', '[::1]'];

const FLAGS = {
  port: { type: 'string', default: '4000' },
  'authentication-service': { type: 'string', default: 'http://127.0.0.1:4001' },
  'notification-endpoint': { type: 'string', default: 'http://127.0.0.1:4002/ping' },
  'free-ports': { type: 'boolean', default: false },
  'write-target': { type: 'string' },
  processes: { type: 'string', default: '1' },
  store: { type: 'string', default: 'unbounded' },
  interval: { type: 'string' },
  'enforce-interval': { type: 'boolean', default: false },
  break: { type: 'string', multiple: true, default: [] },
  keys: { type: 'string', default: fileURLToPath(new URL('keys', import.meta.url)) },
  help: { type: 'boolean', default: false },
};

export const HELP = `A CIBA server on the library oidc-provider, as a target for ciba-bench. It listens on loopback only.

usage: ./start.sh [FLAGS]

  --port PORT                    where it listens (default: 4000)
  --authentication-service URL   to which it delegates its users (default: http://127.0.0.1:4001)
  --notification-endpoint URL    of its ping clients (default: http://127.0.0.1:4002/ping)
  --free-ports                   three ports that are free, instead of these
  --write-target FILE            writes the target file that fits, for ciba-bench --target FILE
  --processes N                  that share the port, 1 to ${PROCESSES_MAX} (default: 1). More than one need --store shared, or
                                 each has a store of its own and does not know what the others were told.
  --store unbounded|lru|shared   its own store; or the library's, which keeps about a thousand records; or one for all
                                 processes, which the first of them keeps (default: unbounded)
  --interval SECONDS             announces a polling interval (default: none, so clients take 5 s)
  --enforce-interval             answers slow_down to clients that do not keep it
  --break FAULT                  does something wrong on purpose; may be given several times:
${Object.entries(FAULTS).map(([name, about]) => `      ${name.padEnd(24)}   ${about}`).join('\n')}
  --keys FOLDER                  the clients' private keys, made at the first start (default: keys, beside this)
  --help                         this text

It prints one line of JSON when it is ready, answers GET /alive, and ends on SIGTERM and SIGINT.
`;

/** A command line that makes no sense. Its message names the flag, what it says, and what was expected. */
export class UsageError extends Error {
  name = 'UsageError';
}

/** Reads the arguments after the program's name. */
export function parseOptions(args) {
  const flags = parsed(args);
  const options = {
    help: flags.help,
    port: integer('--port', flags.port, 1, 65_535),
    authenticationService: loopbackUrl('--authentication-service', flags['authentication-service'], ['http:']),
    notificationEndpoint: loopbackUrl('--notification-endpoint', flags['notification-endpoint'], ['http:', 'https:']),
    freePorts: flags['free-ports'],
    writeTarget: flags['write-target'],
    processes: integer('--processes', flags.processes, 1, PROCESSES_MAX),
    store: oneOf('--store', flags.store, STORES),
    interval: flags.interval === undefined ? undefined : integer('--interval', flags.interval, 1, 300),
    enforceInterval: flags['enforce-interval'],
    faults: flags.break.map((fault) => oneOf('--break', fault, Object.keys(FAULTS))),
    keys: flags.keys,
  };
  if (options.enforceInterval && options.interval === undefined) {
    throw new UsageError('--enforce-interval: there is nothing to enforce; expected --interval SECONDS as well');
  }
  const fault = options.faults.find((name) => FAULTS_OF_THE_STORE.includes(name));
  if (fault !== undefined && options.store === 'lru') {
    throw new UsageError(`--break ${fault}: sits in the stores of this folder; expected no --store lru`);
  }
  return options;
}

function parsed(args) {
  try {
    return parseArgs({ args, options: FLAGS }).values;
  } catch (error) {
    const [sentence] = error.message.split('. ');
    throw new UsageError(`${sentence}; expected a flag of those that --help shows`);
  }
}

function integer(flag, text, least, most) {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new UsageError(`${flag} ${text}: expected a whole number from ${least} to ${most}`);
  }
  return value;
}

function loopbackUrl(flag, text, schemes) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!schemes.includes(url?.protocol) || !LOOPBACK.includes(url.hostname) || url.port === '') {
    throw new UsageError(`${flag} ${text}: expected a loopback address with its port, such as http://127.0.0.1:4001`);
  }
  return text;
}

function oneOf(flag, text, words) {
  if (!words.includes(text)) throw new UsageError(`${flag} ${text}: expected ${words.join(', ')}`);
  return text;
}
