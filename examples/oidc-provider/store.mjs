// Where the library keeps its records of one kind (an adapter, in its words): in memory, without a bound.
//
// The library's own one is an LRU of a thousand records. Under load it forgets pending requests, and a client that
// polls for one gets invalid_grant. `--store lru` brings it back, to see how that looks.

/** How long an expired record is still known, in s: so that clients are told `expired_token`, not `invalid_grant`. */
const GRACE_S = 60;

/**
 * For how long nothing more is kept of a grant that has been revoked, in s. Where several processes share the store, a
 * revocation may overtake the tokens that it is for; none is on its way for as long as this.
 */
const REVOKED_S = 60;

/** How many older records each write looks at. A sweep of them all would be a pause that shows in latencies. */
const LOOKED_AT = 4;

export class Store {
  #records = new Map();
  #walk = this.#records.entries();
  #idsByGrant = new Map();
  #revoked = new Map();
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
    const { grantId } = payload;
    if (grantId !== undefined && this.#isRevoked(grantId)) return;
    this.#records.set(id, { payload, forgetAt: this.#now() + (expiresIn + GRACE_S) * 1000 });
    if (grantId === undefined) return;
    const ids = this.#idsByGrant.get(grantId);
    if (ids) ids.add(id);
    else this.#idsByGrant.set(grantId, new Set([id]));
  }

  /** The same for what may come only once. Of two at once one is told `false`, and changes nothing. */
  async insert(id, payload, expiresIn) {
    if (this.#known(id) !== undefined) return false;
    await this.upsert(id, payload, expiresIn);
    return true;
  }

  async find(id) {
    return this.#known(id)?.payload;
  }

  /** Marks what may be used only once, and tells whether it was unused. Of two at once one is told `false`. */
  async consume(id) {
    const payload = this.#known(id)?.payload;
    if (payload === undefined || payload.consumed !== undefined) return false;
    payload.consumed = Math.floor(this.#now() / 1000);
    return true;
  }

  /** Removes a record, and tells whether it was there. Of two at once one is told `false`. */
  async take(id) {
    const isKnown = this.#known(id) !== undefined;
    this.#remove(id);
    return isKnown;
  }

  async destroy(id) {
    this.#remove(id);
  }

  async revokeByGrantId(grantId) {
    for (const id of this.#idsByGrant.get(grantId) ?? []) this.#remove(id);
    this.#forgetOldRevocations();
    this.#revoked.delete(grantId);
    this.#revoked.set(grantId, this.#now() + REVOKED_S * 1000);
  }

  #known(id) {
    const record = this.#records.get(id);
    return record && record.forgetAt > this.#now() ? record : undefined;
  }

  #remove(id) {
    const grantId = this.#records.get(id)?.payload.grantId;
    this.#records.delete(id);
    const ids = this.#idsByGrant.get(grantId);
    ids?.delete(id);
    if (ids?.size === 0) this.#idsByGrant.delete(grantId);
  }

  #isRevoked(grantId) {
    return this.#revoked.get(grantId) > this.#now();
  }

  /** They stand in the order of their ends. */
  #forgetOldRevocations() {
    for (const [grantId, until] of this.#revoked) {
      if (until > this.#now()) return;
      this.#revoked.delete(grantId);
    }
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
