// What this server can do wrong on purpose (`--break NAME`), so that a benchmark can prove that it notices. Each fault
// has its one place here; without faults every method says what a sound server does.

export const FAULTS = {
  'drop-every-tenth-ping': 'of ten notifications one is never sent',
  'redeem-twice': 'an auth_req_id gives tokens as often as it is redeemed',
  'swap-tokens': 'two users who log in one after the other get each other\'s tokens',
  'throttle-conformant': 'slow_down also for clients that keep the interval: the window is twice as long',
  'ping-before-decision': 'a ping client is notified half a second before the decision can be seen',
};

/** How much later than its ping a decision can be seen, in ms, under `ping-before-decision`. */
const REPLICA_LAG_MS = 500;

export class Faults {
  #names;
  #memory;

  /** @param {Iterable<string>} names of FAULTS */
  constructor(names = [], memory = new FaultMemory()) {
    this.#names = new Set(names);
    this.#memory = memory;
  }

  /** Whether the notification that is due now gets lost. */
  async losesPing() {
    return this.#names.has('drop-every-tenth-ping') && (await this.#memory.countPing()) % 10 === 0;
  }

  /** For how many seconds a poll may not be repeated, where `interval` is right. */
  windowOf(interval) {
    return this.#names.has('throttle-conformant') ? 2 * interval : interval;
  }

  /** Whether polls are throttled although nobody asked for it. */
  get throttles() {
    return this.#names.has('throttle-conformant');
  }

  /** Takes note of a login, given as the request's id and its user. */
  async seesLogin(authReqId, user) {
    if (this.#names.has('swap-tokens')) await this.#memory.pairLogin(authReqId, user);
  }

  /** For whom the tokens of a request are made out. */
  async userOf(authReqId, user) {
    if (!this.#names.has('swap-tokens')) return user;
    return (await this.#memory.partnerOf(authReqId)) ?? user;
  }

  /** The store for the library's records of one kind, on top of a sound one. */
  store(model, store) {
    if (model !== 'BackchannelAuthenticationRequest') return store;
    if (this.#names.has('redeem-twice')) store.consume = async () => {};
    if (this.#names.has('ping-before-decision')) delayDecisions(store);
    return store;
  }
}

/** What faults remember, in whichever process that is. */
export class FaultMemory {
  #pings = 0;
  #alone;
  #partners = new Map();

  /** The number of the notification that is due now. */
  async countPing() {
    this.#pings += 1;
    return this.#pings;
  }

  /** Pairs a login with the last one of another user that has no partner yet. */
  async pairLogin(authReqId, user) {
    if (this.#alone === undefined || this.#alone.user === user) {
      this.#alone = { authReqId, user };
      return;
    }
    this.#partners.set(authReqId, this.#alone.user);
    this.#partners.set(this.#alone.authReqId, user);
    this.#alone = undefined;
  }

  /** The user with whom a request is paired, if any. */
  async partnerOf(authReqId) {
    return this.#partners.get(authReqId);
  }
}

/** The library stores a decision, then sends the ping. A replica that lags behind turns that round for the client. */
function delayDecisions(store) {
  const upsert = store.upsert.bind(store);
  store.upsert = async (id, payload, expiresIn) => {
    const isDecided = payload.grantId !== undefined || payload.error !== undefined;
    if (isDecided && payload.params.client_notification_token !== undefined) {
      setTimeout(upsert, REPLICA_LAG_MS, id, payload, expiresIn);
      return;
    }
    await upsert(id, payload, expiresIn);
  };
}
