//! The consents that can be asked for, one file each.

pub mod brasil_consents_v1;
pub mod brasil_consents_v2;
pub mod brasil_payments_v1;
pub mod uk_account_access;
pub mod uk_domestic_payment;
