#!/usr/bin/env bash
# Writes the realm that Keycloak imports: clients for poll and ping with each way to authenticate, such as sign their requests,
# one without CIBA, and users whose names are hints.
#
#   ./realm.sh USERS INTERVAL NOTIFICATION_ENDPOINT PRIVATE_KEY
#
# PRIVATE_KEY is the clients' key, an RSA key in PEM; they sign with it by PS256.
set -euo pipefail
users=$1 interval=$2 endpoint=$3 key=$4

modulus=$(openssl rsa -in "$key" -noout -modulus | sed 's/^Modulus=//; s/../\\x&/g')
modulus=$(printf "$modulus" | base64 -w 0 | tr '+/' '-_' | tr -d '=')
# As a text within JSON. AQAB is 65537, as OpenSSL makes keys.
jwks='{\"keys\":[{\"kty\":\"RSA\",\"alg\":\"PS256\",\"use\":\"sig\",\"kid\":\"client-PS256\",\"n\":\"'$modulus'\",\"e\":\"AQAB\"}]}'

# client ID AUTHENTICATOR MODE [ATTRIBUTE]...: a confidential client that may use nothing but CIBA.
client() {
    local id=$1 authenticator=$2 mode=$3 attribute
    shift 3
    printf '{"clientId":"%s","enabled":true,"protocol":"openid-connect","publicClient":false,"secret":"example-only",' "$id"
    printf '"clientAuthenticatorType":"%s","standardFlowEnabled":false,"directAccessGrantsEnabled":false,' "$authenticator"
    printf '"serviceAccountsEnabled":false,"redirectUris":[],"attributes":{"oidc.ciba.grant.enabled":"%s"' \
        "$([ "$mode" = none ] && echo false || echo true)"
    [ "$mode" = none ] || printf ',"ciba.backchannel.token.delivery.mode":"%s"' "$mode"
    [ "$mode" != ping ] || printf ',"ciba.backchannel.client.notification.endpoint":"%s"' "$endpoint"
    for attribute; do printf ',%s' "$attribute"; done
    printf '}}'
}

keys='"use.jwks.string":"true","jwks.string":"'$jwks'"'
assertions='"token.endpoint.auth.signing.alg":"PS256"'
signed='"ciba.backchannel.auth.request.signing.alg":"PS256"'
printf '{"realm":"ciba","enabled":true,"sslRequired":"none","bruteForceProtected":false,"attributes":{'
printf '"cibaBackchannelTokenDeliveryMode":"poll","cibaExpiresIn":"120","cibaInterval":"%s",' "$interval"
printf '"cibaAuthRequestedUserHint":"login_hint"},\n"clients":[\n'
client poll-basic client-secret poll && printf ',\n'
client poll-basic-2 client-secret poll && printf ',\n'
client ping-basic client-secret ping && printf ',\n'
for mode in poll ping; do
    client "$mode-secret-jwt" client-secret-jwt "$mode" && printf ',\n'
    client "$mode-private-key-jwt" client-jwt "$mode" "$keys" "$assertions" && printf ',\n'
    client "$mode-signed" client-secret "$mode" "$keys" "$signed" && printf ',\n'
done
client without-ciba client-secret none
printf '\n],\n"users":[\n'
# An account that is not complete cannot log in: all of this is asked of it.
for ((user = 0; user < users; user++)); do
    [ "$user" = 0 ] || printf ',\n'
    printf '{"username":"user-%d","enabled":true,"email":"user-%d@example.test","emailVerified":true,' "$user" "$user"
    printf '"firstName":"User","lastName":"%d","requiredActions":[],"realmRoles":["default-roles-ciba"]}' "$user"
done
printf '\n]}\n'
