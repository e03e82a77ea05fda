/// How the identifiers of consents in Brasil begin, and the scopes that hold one.
const URN: &str = "urn:";
const CONSENT_SCOPE: &str = "consent:";
/// The scope that stands for payments in both countries.
const PAYMENTS: &str = "payments";

/// An API for decisions about consents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConsentApi {
    /// Open Banking UK: access to accounts.
    AccountAccess,
    /// Open Banking UK: a domestic payment.
    DomesticPayment,
    /// Open Banking Brasil: customer data.
    CustomerData,
    /// Open Banking Brasil: a payment.
    CustomerPayment,
}

impl ConsentApi {
    /// By which API a login is decided; `None` for one that is about no consent. What kind of consent it is, only the scopes
    /// tell.
    pub(crate) fn of<'s>(intent_id: Option<&str>, scopes: impl IntoIterator<Item = &'s str>) -> Option<Self> {
        let (mut names_consent, mut is_payment) = (false, false);
        for scope in scopes {
            names_consent |= scope.starts_with(CONSENT_SCOPE);
            is_payment |= scope == PAYMENTS;
        }
        let is_brasil = names_consent || intent_id.is_some_and(|id| id.starts_with(URN));
        match (is_brasil, is_payment) {
            (true, false) => Some(Self::CustomerData),
            (true, true) => Some(Self::CustomerPayment),
            (false, _) if intent_id.is_none() => None,
            (false, false) => Some(Self::AccountAccess),
            (false, true) => Some(Self::DomesticPayment),
        }
    }

    /// Path of the API below its base; the login follows.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::AccountAccess => "/open-banking/account-access-consent",
            Self::DomesticPayment => "/open-banking/domestic-payment-consent",
            Self::CustomerData => "/open-banking-brasil/consent",
            Self::CustomerPayment => "/open-banking-brasil/payment",
        }
    }

    /// The code of a rejection in Brasil, where one is expected.
    pub(crate) const fn rejection_code(self) -> Option<&'static str> {
        match self {
            Self::AccountAccess | Self::DomesticPayment => None,
            Self::CustomerData => Some("CUSTOMER_MANUALLY_REJECTED"),
            Self::CustomerPayment => Some("REJEITADO_USUARIO"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ConsentApi;

    #[test]
    fn the_intent_and_the_scopes_tell_which_api_decides() {
        use ConsentApi::{AccountAccess, CustomerData, CustomerPayment, DomesticPayment};
        for (intent, scopes, api) in [
            (None, "openid profile", None),
            (None, "openid payments", None),
            (Some("c1"), "openid accounts", Some(AccountAccess)),
            (Some("c1"), "openid", Some(AccountAccess)),
            (Some("c1"), "openid payments", Some(DomesticPayment)),
            (Some("urn:bank:c1"), "openid consents", Some(CustomerData)),
            (None, "openid consents consent:urn:bank:c1", Some(CustomerData)),
            (Some("urn:bank:c1"), "openid payments consent:urn:bank:c1", Some(CustomerPayment)),
        ] {
            assert_eq!(ConsentApi::of(intent, scopes.split(' ')), api, "{intent:?} {scopes}");
        }
    }
}
