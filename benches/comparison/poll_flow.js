// A pending CIBA poll flow for k6: one virtual user is one flow.
import http from "k6/http";
import encoding from "k6/encoding";
import { sleep } from "k6";

const issuer = __ENV.ISSUER;
const flows = Number(__ENV.FLOWS);
const headers = {
  Authorization: `Basic ${encoding.b64encode(`${__ENV.CLIENT_ID}:${__ENV.CLIENT_SECRET}`)}`,
};

// A pending answer is 400, and no failure.
http.setResponseCallback(http.expectedStatuses(200, 400));

export const options = {
  scenarios: {
    flows: { executor: "per-vu-iterations", vus: flows, iterations: 1, maxDuration: "30m", gracefulStop: "0s" },
  },
};

export default function () {
  const request = { scope: "openid", login_hint: `user-${__VU}` };
  const acknowledged = http.post(`${issuer}/backchannel/authentication`, request, { headers });
  const poll = {
    grant_type: "urn:openid:params:grant-type:ciba",
    auth_req_id: acknowledged.json("auth_req_id"),
  };
  let interval = acknowledged.json("interval");
  for (;;) {
    sleep(interval);
    const error = http.post(`${issuer}/oauth2/token`, poll, { headers }).json("error");
    if (error === "slow_down") {
      interval += 5;
    } else if (error !== "authorization_pending") {
      return;
    }
  }
}
