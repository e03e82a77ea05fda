use crate::target::TargetFacts;
use crate::transport::Address;

/// Where a client's calls go: at the aliases of the endpoints, if it has a certificate and they have some (RFC 8705, 5).
pub(super) struct Endpoints {
    pub authentication: Address,
    pub token: Address,
    pub userinfo: Option<Address>,
}

impl Endpoints {
    pub fn of(facts: &TargetFacts, with_certificate: bool) -> Self {
        let address = |endpoint| Address::from(facts.address(endpoint, with_certificate).clone());
        Endpoints {
            authentication: address(&facts.backchannel_authentication_endpoint),
            token: address(&facts.token_endpoint),
            userinfo: facts.userinfo_endpoint.as_ref().map(address),
        }
    }
}
