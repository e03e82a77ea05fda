use clap::ValueEnum;

/// A target file of the repository, which is there without a checkout, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Example {
    /// Every key, with its meaning and default; the dialect is SecureAuth's
    Embedded,
    /// A Keycloak realm, by its HTTP authentication channel
    Keycloak,
    /// A server that is decided at by a URL of its own
    #[value(name = "approval_url")]
    ApprovalUrl,
    /// A server as FAPI-CIBA wants it: mutual TLS, signed requests
    #[value(name = "fapi_ciba")]
    FapiCiba,
    /// The CIBA server of examples/oidc-provider
    OidcProvider,
}

impl Example {
    /// Its text.
    pub fn text(self) -> &'static str {
        match self {
            Example::Embedded => include_str!("../../../profiles/targets/embedded.toml"),
            Example::Keycloak => include_str!("../../../profiles/targets/keycloak.toml"),
            Example::ApprovalUrl => include_str!("../../../profiles/targets/approval_url.toml"),
            Example::FapiCiba => include_str!("../../../profiles/targets/fapi_ciba.toml"),
            Example::OidcProvider => include_str!("../../../profiles/targets/oidc-provider.toml"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;

    #[test]
    fn every_target_file_of_the_repository_can_be_shown() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/targets");
        let files: BTreeSet<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".toml"))
            .collect();
        let shown: BTreeSet<String> = Example::value_variants()
            .iter()
            .map(|example| format!("{}.toml", example.to_possible_value().unwrap().get_name()))
            .collect();
        assert_eq!(shown, files);
        for example in Example::value_variants() {
            assert!(example.text().contains("issuer = "), "{example:?}");
        }
    }
}
