//! The checks: one file per section of the specification, one constant per check.

mod fapi_ciba;
mod s04_metadata;
mod s07_1_authentication_request;
mod s07_1_notification_token;
mod s07_2_client_authentication;
mod s07_2_validation;
mod s07_3_acknowledgement;
mod s07_3_expiry;
mod s10_1_1_id_token;
mod s10_1_1_token_response;
mod s10_1_token_request;
mod s10_2_ping;
mod s10_2_ping_answered;
mod s11_polling;
mod s11_token_error;
mod s13_authentication_error;

pub use fapi_ciba::FAPI_CIBA;
pub use s04_metadata::S04_METADATA;
pub use s07_1_authentication_request::S07_1_AUTHENTICATION_REQUEST;
pub use s07_1_notification_token::S07_1_NOTIFICATION_TOKEN;
pub use s07_2_client_authentication::S07_2_CLIENT_AUTHENTICATION;
pub use s07_2_validation::S07_2_VALIDATION;
pub use s07_3_acknowledgement::S07_3_ACKNOWLEDGEMENT;
pub use s07_3_expiry::S07_3_EXPIRY;
pub use s10_1_1_id_token::S10_1_1_ID_TOKEN;
pub use s10_1_1_token_response::S10_1_1_TOKEN_RESPONSE;
pub use s10_1_token_request::S10_1_TOKEN_REQUEST;
pub use s10_2_ping::S10_2_PING;
pub use s11_polling::S11_POLLING;
pub use s11_token_error::S11_TOKEN_ERROR;
pub use s13_authentication_error::S13_AUTHENTICATION_ERROR;
