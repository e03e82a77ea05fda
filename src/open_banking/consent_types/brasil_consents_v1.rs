//! Open Banking Brasil, consents API, version 1: the same consent as in version 2, under another path.

use super::brasil_consents_v2;
use crate::open_banking::ConsentType;

/// Access to a customer's data.
pub const TYPE: ConsentType = ConsentType {
    name: "open_banking_brasil_consents_v1",
    about: "Open Banking Brasil, data access consent, version 1",
    path: "/open-banking/consents/v1/consents",
    ..brasil_consents_v2::TYPE
};
