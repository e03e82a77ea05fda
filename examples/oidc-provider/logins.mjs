// Logins: what is pending at the authentication service. It never learns the auth_req_id, which is the client's.

import { randomBytes } from 'node:crypto';

export class Logins {
  #authenticationService;
  #pending;

  /** @param pending a store for them */
  constructor(authenticationService, pending) {
    this.#authenticationService = authenticationService;
    this.#pending = pending;
  }

  /** Has the user of an authentication request asked. */
  async begin(request, client) {
    const login = {
      id: randomName(),
      state: randomName(),
      authReqId: request.jti,
      user: request.accountId,
      clientId: client.clientId,
      clientName: client.clientName,
      scopes: [...request.scopes],
      bindingMessage: request.params.binding_message,
    };
    await this.#pending.upsert(login.id, login, request.expiration);
    await this.#authenticationService.start({
      login_id: login.id,
      login_state: login.state,
      user_identifier: login.user,
      client_id: login.clientId,
      requested_scopes: login.scopes,
      binding_message: login.bindingMessage,
      acr_values: request.params.acr_values?.split(' '),
      expires_at: new Date(Date.now() + request.expiration * 1000).toISOString(),
    });
  }

  /** The pending login of that name. */
  async find(id) {
    return this.#pending.find(id);
  }

  /** Ends a login. Only who is told that it did so may decide: of two decisions at once one comes too late. */
  async end(login) {
    return this.#pending.take(login.id);
  }
}

function randomName() {
  return randomBytes(16).toString('hex');
}
