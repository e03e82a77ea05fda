"""A pending CIBA poll flow for Locust: one user is one flow."""

import os

import gevent
from locust import FastHttpUser, task

ISSUER = os.environ["ISSUER"]
CREDENTIALS = (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])


class Flow(FastHttpUser):
    host = ISSUER

    @task
    def poll_until_decided(self):
        request = {"scope": "openid", "login_hint": f"user-{id(self)}"}
        path = f"{ISSUER}/backchannel/authentication"
        acknowledged = self.client.post(path, data=request, auth=CREDENTIALS).json()
        poll = {
            "grant_type": "urn:openid:params:grant-type:ciba",
            "auth_req_id": acknowledged["auth_req_id"],
        }
        interval = acknowledged["interval"]
        while True:
            gevent.sleep(interval)
            path = f"{ISSUER}/oauth2/token"
            with self.client.post(path, data=poll, auth=CREDENTIALS, catch_response=True) as response:
                error = response.json().get("error")
                # A pending answer is 400, and no failure.
                response.success()
            if error == "slow_down":
                interval += 5
            elif error != "authorization_pending":
                return
