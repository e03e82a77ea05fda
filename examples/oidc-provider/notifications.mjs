// Notifications of ping clients, on their way out. The library's rules are made for the internet and stand in the way
// of a client on the same machine:
//
// - A notification endpoint has to be https. So the https twin of the URL is registered, and put back here.
// - Connections to loopback and private addresses are cut (the dispatcher that the library passes does it), so that
//   nobody can have the server call its own neighbours. That guard stays for every other URL.

/** The URL under which `endpoint` is registered. */
export function registeredAs(endpoint) {
  return new URL(endpoint.replace(/^http:/, 'https:')).href;
}

/** What the library sends its own requests with (its option `fetch`). */
export function outgoing(endpoint, faults) {
  const registered = registeredAs(endpoint);
  return async (url, options) => {
    if (new URL(url).href !== registered) return fetch(url, options);
    return (await faults.losesPing()) ? noContent() : notify(endpoint, options);
  };
}

/**
 * Sends one notification. The library takes a failure for one of the decision, which has been stored by then. So it is
 * noted here, and the authentication service does not hear of it.
 */
async function notify(endpoint, { dispatcher, ...options }) {
  try {
    const response = await fetch(endpoint, options);
    await response.arrayBuffer(); // Read to its end, so that the connection can be used again.
    if (!response.ok) console.error(`notification: ${endpoint} answered ${response.status}, not 200 or 204`);
  } catch (error) {
    console.error(`notification: ${endpoint}: ${error.cause?.message ?? error.message}`);
  }
  return noContent();
}

function noContent() {
  return new Response(null, { status: 204 });
}
