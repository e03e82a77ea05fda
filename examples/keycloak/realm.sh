#!/usr/bin/env bash
# Writes the realm that Keycloak imports: clients for poll and ping, one without CIBA, and users whose names are hints.
#
#   ./realm.sh USERS INTERVAL NOTIFICATION_ENDPOINT
set -euo pipefail
users=$1 interval=$2 endpoint=$3

# client ID MODE [ATTRIBUTE]...: a confidential client that may use nothing but CIBA.
client() {
    local id=$1 mode=$2 attribute
    shift 2
    printf '{"clientId":"%s","enabled":true,"protocol":"openid-connect","publicClient":false,"secret":"example-only",' "$id"
    printf '"clientAuthenticatorType":"client-secret","standardFlowEnabled":false,"directAccessGrantsEnabled":false,'
    printf '"serviceAccountsEnabled":false,"redirectUris":[],"attributes":{"oidc.ciba.grant.enabled":"%s"' \
        "$([ "$mode" = none ] && echo false || echo true)"
    [ "$mode" = none ] || printf ',"ciba.backchannel.token.delivery.mode":"%s"' "$mode"
    for attribute; do printf ',%s' "$attribute"; done
    printf '}}'
}

ping='"ciba.backchannel.client.notification.endpoint":"'$endpoint'"'
printf '{"realm":"ciba","enabled":true,"sslRequired":"none","bruteForceProtected":false,"attributes":{'
printf '"cibaBackchannelTokenDeliveryMode":"poll","cibaExpiresIn":"120","cibaInterval":"%s",' "$interval"
printf '"cibaAuthRequestedUserHint":"login_hint"},\n"clients":[\n'
client poll-basic poll && printf ',\n'
client poll-basic-2 poll && printf ',\n'
client ping-basic ping "$ping" && printf ',\n'
client without-ciba none
printf '\n],\n"users":[\n'
# An account that is not complete cannot log in: all of this is asked of it.
for ((user = 0; user < users; user++)); do
    [ "$user" = 0 ] || printf ',\n'
    printf '{"username":"user-%d","enabled":true,"email":"user-%d@example.test","emailVerified":true,' "$user" "$user"
    printf '"firstName":"User","lastName":"%d","requiredActions":[],"realmRoles":["default-roles-ciba"]}' "$user"
done
printf '\n]}\n'
