use crate::settings::OpenBankingProfile;

/// What a consent is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Open Banking UK, account-access consent.
    AccountAccess,
    /// Open Banking UK, domestic payment consent.
    DomesticPayment,
    /// Open Banking Brasil, consent to customer data.
    CustomerData,
    /// Open Banking Brasil, payment consent.
    CustomerPayment,
}

impl Kind {
    pub(super) const ALL: [Kind; 4] =
        [Kind::AccountAccess, Kind::DomesticPayment, Kind::CustomerData, Kind::CustomerPayment];

    /// Whose words it has.
    pub(crate) const fn profile(self) -> OpenBankingProfile {
        match self {
            Kind::AccountAccess | Kind::DomesticPayment => OpenBankingProfile::Uk,
            Kind::CustomerData | Kind::CustomerPayment => OpenBankingProfile::Brasil,
        }
    }

    /// The scope of the client's own token that creates and reads it.
    pub(crate) const fn scope(self) -> &'static str {
        match self {
            Kind::AccountAccess => "accounts",
            Kind::CustomerData => "consents",
            Kind::DomesticPayment | Kind::CustomerPayment => "payments",
        }
    }

    /// How it is called where the authentication service asks for it.
    pub(crate) const fn type_name(self) -> &'static str {
        match self {
            Kind::AccountAccess => "account_access",
            Kind::DomesticPayment => "domestic_payment",
            Kind::CustomerData => "customer_data_access",
            Kind::CustomerPayment => "customer_payment",
        }
    }

    /// The path of decisions about it, below a base of the system workspace.
    pub(super) const fn decision_path(self) -> &'static str {
        match self {
            Kind::AccountAccess => "/open-banking/account-access-consent",
            Kind::DomesticPayment => "/open-banking/domestic-payment-consent",
            Kind::CustomerData => "/open-banking-brasil/consent",
            Kind::CustomerPayment => "/open-banking-brasil/payment",
        }
    }

    /// Whether its messages are signed JWTs.
    pub(crate) const fn is_signed(self) -> bool {
        matches!(self, Kind::CustomerPayment)
    }
}

/// One public API.
#[derive(Clone, Copy)]
pub(super) struct Api {
    pub(super) kind: Kind,
    /// Behind the issuer.
    pub(super) path: &'static str,
    /// Whether clients can delete what they created.
    pub(super) deletable: bool,
}

/// All public APIs.
pub(super) const APIS: [Api; 5] = [
    Api {
        kind: Kind::AccountAccess,
        path: "/open-banking/v3.1/aisp/account-access-consents",
        deletable: true,
    },
    Api {
        kind: Kind::DomesticPayment,
        path: "/open-banking/v3.1/pisp/domestic-payment-consents",
        deletable: false,
    },
    Api { kind: Kind::CustomerData, path: "/open-banking/consents/v1/consents", deletable: true },
    Api { kind: Kind::CustomerData, path: "/open-banking/consents/v2/consents", deletable: true },
    Api { kind: Kind::CustomerPayment, path: "/open-banking/payments/v1/consents", deletable: false },
];
