// The authentication service, to which this server delegates its users: it knows whom it can ask, and asks them.
//
//   POST {url}/user/verify           {"user_identifier"}  ->  {"valid"}
//   POST {url}/authentication/start  {"login_id", "login_state", "user_identifier", ...}
//
// It answers the second one at once, and reports the user's decision later (system-api.mjs).

import http from 'node:http';

/** Longest wait for an answer, in ms. */
const TIMEOUT_MS = 2_000;

export class AuthenticationService {
  #url;
  #auth;
  #timeoutMs;
  // Of Node's two HTTP clients this one costs less per call than fetch, and there are two calls for each login.
  #agent = new http.Agent({ keepAlive: true });

  constructor({ url, username, password, timeoutMs = TIMEOUT_MS }) {
    this.#url = url.replace(/\/$/, '');
    this.#auth = `${username}:${password}`;
    this.#timeoutMs = timeoutMs;
  }

  /** Whether this user can be asked. */
  async verify(user) {
    const { valid } = JSON.parse(await this.#post('/user/verify', { user_identifier: user }));
    return valid === true;
  }

  /** Has the user asked. */
  async start(login) {
    await this.#post('/authentication/start', login);
  }

  #post(path, body) {
    return new Promise((resolve, reject) => {
      const request = http.request(this.#url + path, {
        method: 'POST',
        agent: this.#agent,
        auth: this.#auth,
        headers: { 'content-type': 'application/json' },
        timeout: this.#timeoutMs,
      });
      request.on('error', reject);
      const late = () => new Error(`no answer from ${path} within ${this.#timeoutMs} ms`);
      request.on('timeout', () => request.destroy(late()));
      request.on('response', (response) => resolve(textOf(response, path)));
      request.end(JSON.stringify(body));
    });
  }
}

async function textOf(response, path) {
  const text = Buffer.concat(await response.toArray()).toString();
  if (response.statusCode !== 200) throw new Error(`${path} was answered with ${response.statusCode}, not 200`);
  return text;
}
