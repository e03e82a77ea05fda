// Where the library keeps its records of one kind (an adapter, in its words): in memory, without a bound.
//
// The library's own one is an LRU of a thousand records. Under load it forgets pending requests, and a client that
// polls for one gets invalid_grant. `--store lru` brings it back, to see how that looks.

/** How long an expired record is still known, in s: so that clients are told `expired_token`, not `invalid_grant`. */
const GRACE_S = 60;

/** How many older records each write looks at. A sweep of them all would be a pause that shows in latencies. */
const LOOKED_AT = 4;

export class Store {
  #records = new Map();
  #walk = this.#records.entries();
  #idsByGrant = new Map();
  #now;

  /** @param now milliseconds since any moment */
  constructor(now = () => Date.now()) {
    this.#now = now;
  }

  /** How many records there are. */
  get size() {
    return this.#records.size;
  }

  /** @param expiresIn seconds; without it the record stays */
  async upsert(id, payload, expiresIn = Infinity) {
    this.#remove(id);
    this.#forgetSomeExpired();
    this.#records.set(id, { payload, forgetAt: this.#now() + (expiresIn + GRACE_S) * 1000 });
    if (payload.grantId === undefined) return;
    const ids = this.#idsByGrant.get(payload.grantId);
    if (ids) ids.add(id);
    else this.#idsByGrant.set(payload.grantId, new Set([id]));
  }

  async find(id) {
    const record = this.#records.get(id);
    return record && record.forgetAt > this.#now() ? record.payload : undefined;
  }

  /** Marks what may be used only once. In one process nothing comes between the library's look at it and this. */
  async consume(id) {
    const record = this.#records.get(id);
    if (record) record.payload.consumed = Math.floor(this.#now() / 1000);
  }

  async destroy(id) {
    this.#remove(id);
  }

  async revokeByGrantId(grantId) {
    for (const id of this.#idsByGrant.get(grantId) ?? []) this.#remove(id);
  }

  #remove(id) {
    const grantId = this.#records.get(id)?.payload.grantId;
    this.#records.delete(id);
    const ids = this.#idsByGrant.get(grantId);
    ids?.delete(id);
    if (ids?.size === 0) this.#idsByGrant.delete(grantId);
  }

  #forgetSomeExpired() {
    for (let looked = 0; looked < LOOKED_AT; looked += 1) {
      const { value, done } = this.#walk.next();
      if (done) {
        this.#walk = this.#records.entries();
        return;
      }
      const [id, { forgetAt }] = value;
      if (forgetAt <= this.#now()) this.#remove(id);
    }
  }
}
