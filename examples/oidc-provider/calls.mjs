// How a worker process asks the primary for the state that all of them share: by messages between the two, each call
// with a number that its answer repeats.

/** Longest wait for an answer, in ms. */
const TIMEOUT_MS = 2_000;

/** Most calls of one worker that wait for their answers. */
const UNDER_WAY_MAX = 10_000;

/** The worker's side. */
export class Calls {
  #send;
  #timeoutMs;
  #most;
  #number = 0;
  #underWay = new Map();

  /** @param send hands a message to the primary */
  constructor(send, { timeoutMs = TIMEOUT_MS, most = UNDER_WAY_MAX } = {}) {
    this.#send = send;
    this.#timeoutMs = timeoutMs;
    this.#most = most;
  }

  /** The answer to a call. Fails where the primary did, where too many wait, and where nothing comes in time. */
  call(of, method, ...args) {
    const what = `${of}.${method}`;
    if (this.#underWay.size >= this.#most) {
      return Promise.reject(new Error(`${what}: ${this.#most} calls wait for the primary process already`));
    }
    this.#number += 1;
    const call = this.#number;
    return new Promise((resolve, reject) => {
      const late = () => this.#end(call)?.reject(new Error(`${what}: no answer within ${this.#timeoutMs} ms`));
      this.#underWay.set(call, { resolve, reject, timer: setTimeout(late, this.#timeoutMs) });
      this.#send({ call, of, method, args });
    });
  }

  /** Takes a message of the primary. One that comes too late, or is no answer, is passed over. */
  receive({ call, value, error }) {
    const waiting = this.#end(call);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(error));
  }

  #end(call) {
    const waiting = this.#underWay.get(call);
    this.#underWay.delete(call);
    clearTimeout(waiting?.timer);
    return waiting;
  }
}

/** The primary's side: what it says to a message of a worker; to one that is no call, nothing. */
export async function answerTo(state, { call, of, method, args }) {
  if (call === undefined) return undefined;
  try {
    return { call, value: await state.answer(of, method, args) };
  } catch (error) {
    return { call, error: `${of}.${method}: ${error.message}` };
  }
}
