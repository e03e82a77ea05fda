// The state that the primary process keeps (state.mjs), as the workers see it.

import { errors } from 'oidc-provider';

/** All of it. */
export class RemoteState {
  #calls;

  constructor(calls) {
    this.#calls = calls;
    const ask = (of, method) => (...args) => calls.call(of, method, ...args);
    this.paces = { begin: ask('paces', 'begin'), isTooEarly: ask('paces', 'isTooEarly') };
    this.faultMemory = {
      countPing: ask('faultMemory', 'countPing'),
      pairLogin: ask('faultMemory', 'pairLogin'),
      partnerOf: ask('faultMemory', 'partnerOf'),
    };
  }

  store(model) {
    return new RemoteStore(model, this.#calls);
  }
}

/**
 * The library's records of one kind, kept by the primary. What the library looks up and then writes is decided there
 * once more: who comes second is answered as the library answers it in one process.
 */
class RemoteStore {
  #model;
  #calls;

  constructor(model, calls) {
    this.#model = model;
    this.#calls = calls;
  }

  async upsert(id, payload, expiresIn) {
    // Looked up before, so that a client assertion is taken once.
    const isUnique = this.#model === 'ReplayDetection';
    const isNew = await this.#ask(isUnique ? 'insert' : 'upsert', id, payload, expiresIn);
    if (isUnique && !isNew) throw new errors.InvalidClientAuth('it was used by another process just now');
  }

  find(id) {
    return this.#ask('find', id);
  }

  async consume(id) {
    if (!(await this.#ask('consume', id))) throw new errors.InvalidGrant('it was used by another process just now');
  }

  take(id) {
    return this.#ask('take', id);
  }

  destroy(id) {
    return this.#ask('destroy', id);
  }

  revokeByGrantId(grantId) {
    return this.#ask('revokeByGrantId', grantId);
  }

  #ask(method, ...args) {
    return this.#calls.call(this.#model, method, ...args);
  }
}
