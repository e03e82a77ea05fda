// What the server has to remember between two requests. One process keeps it for itself; where several share it
// (`--store shared`), the primary process keeps it, and the others ask there (calls.mjs).

import { FaultMemory } from './faults.mjs';
import { Paces } from './pace.mjs';
import { Store } from './store.mjs';

/** The library's records that belong to a grant, and are revoked with it. */
const MODELS_OF_A_GRANT = ['AccessToken', 'RefreshToken', 'BackchannelAuthenticationRequest'];

/**
 * Records of one kind each, under the library's name for it or one of this folder; the paces of those who poll; and
 * what faults have to remember.
 */
export class State {
  #stores = new Map();
  paces = new Paces();
  faultMemory = new FaultMemory();

  store(model) {
    const store = this.#stores.get(model) ?? new Store();
    this.#stores.set(model, store);
    return store;
  }

  /**
   * What another process asks for: `of` says of what, a model or one of the two others.
   *
   * Uses (`consume`) are decided here. Within one process nothing comes between the library's look at a record and its
   * use of it; among several another one's use may. Who comes second then causes what the library does in one process:
   * the grant is revoked with all that came from it.
   */
  async answer(of, method, args) {
    if (of === 'paces' || of === 'faultMemory') return this[of][method](...args);
    const store = this.store(of);
    const answer = await store[method](...args);
    if (method === 'consume' && !answer) await this.#revoke((await store.find(args[0]))?.grantId);
    return answer;
  }

  async #revoke(grantId) {
    if (grantId === undefined) return;
    await Promise.all(MODELS_OF_A_GRANT.map((model) => this.store(model).revokeByGrantId(grantId)));
  }
}
