//! Defaults of the settings; the same in TOML and in code.

use super::{CIBA_GRANT, CLIENT_CREDENTIALS_GRANT, DeliveryMode, Secret};

pub(super) fn no_secret() -> Secret {
    Secret::new("")
}

pub(super) fn tenant() -> String {
    "default".to_owned()
}

pub(super) fn max_pending() -> usize {
    200_000
}

pub(super) fn max_access_tokens() -> usize {
    200_000
}

pub(super) fn access_token_expires_in() -> u64 {
    3_600
}

pub(super) fn allowed_grant_types() -> Vec<String> {
    vec![CIBA_GRANT.to_owned(), CLIENT_CREDENTIALS_GRANT.to_owned()]
}

pub(super) fn client_grant_types() -> Vec<String> {
    vec![CIBA_GRANT.to_owned()]
}

pub(super) fn token_delivery_modes_supported() -> Vec<DeliveryMode> {
    vec![DeliveryMode::Ping, DeliveryMode::Poll]
}

pub(super) fn interval() -> u64 {
    5
}

pub(super) fn expires_in() -> u64 {
    120
}

pub(super) fn id_token_expires_in() -> u64 {
    300
}

pub(super) fn scopes() -> Vec<String> {
    ["openid", "profile", "offline_access"].map(str::to_owned).to_vec()
}
