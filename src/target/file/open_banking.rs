//! What a target file says of Open Banking.

use super::commented::{Text, quoted};
use super::parse::{Secrets, url};
use super::{ClientEntry, ServerUrl, TargetFile};
use crate::ciba::DeliveryMode;
use crate::open_banking::{ConsentMedia, ConsentType, IntentId};
use crate::profile::document::{Reader, Section};

/// Most third parties of one target: each has connections and flows of its own.
const MOST_THIRD_PARTIES: usize = 64;

/// Open Banking at the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenBankingEntry {
    /// The consents that clients can create there.
    pub consents: Vec<&'static ConsentType>,
    /// Base of the consent APIs, where it is not the issuer.
    pub base_url: Option<ServerUrl>,
    /// Where `openbanking_intent_id` stands.
    pub intent_id: IntentId,
    /// Where the decisions are reported.
    pub system_path: SystemPath,
    /// The third parties that are registered for us.
    pub third_parties: Vec<ThirdParty>,
}

/// A third party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThirdParty {
    /// How it gets its results.
    pub delivery_mode: DeliveryMode,
    /// As what it is registered.
    pub client: ClientEntry,
}

/// Which paths the server's system APIs have for decisions about consents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SystemPath {
    /// `/{tenant}/system/open-banking/…`.
    #[default]
    System,
    /// `/api/system/{tenant}/open-banking/…`, as in older documentation.
    Api,
}

impl SystemPath {
    /// The words in files.
    pub const WORDS: [(&'static str, Self); 2] = [("system", Self::System), ("api", Self::Api)];
}

const MODES: [(&str, DeliveryMode); 2] = [("poll", DeliveryMode::Poll), ("ping", DeliveryMode::Ping)];

impl OpenBankingEntry {
    /// What signs consents that are sent as JWT and are created by this client.
    #[must_use]
    pub fn consent_key(client: &ClientEntry) -> Option<&crate::jose::SigningKey> {
        client.request_key.as_ref().map(|key| &key.key).or(match &client.proof {
            super::ClientProof::PrivateKeyJwt(key) => Some(&key.key),
            super::ClientProof::SecretBasic(_)
            | super::ClientProof::SecretPost(_)
            | super::ClientProof::SecretJwt(_)
            | super::ClientProof::Tls(_)
            | super::ClientProof::SelfSignedTls(_) => None,
        })
    }

    /// The third parties of a delivery mode.
    pub fn of_mode(&self, mode: DeliveryMode) -> impl Iterator<Item = &ClientEntry> {
        self.third_parties.iter().filter(move |party| party.delivery_mode == mode).map(|party| &party.client)
    }

    pub(super) fn write(&self, text: &mut Text) {
        text.table("open_banking");
        let names: Vec<String> = self.consents.iter().map(|kind| quoted(kind.name)).collect();
        text.key("consents", format!("[{}]", names.join(", ")));
        text.optional_url("base_url", self.base_url.as_ref());
        text.word("intent_id", &IntentId::WORDS, self.intent_id, IntentId::default());
        text.word("system_path", &SystemPath::WORDS, self.system_path, SystemPath::default());
        if self.third_parties.is_empty() {
            text.absent_table("open_banking.third_party");
        }
        for party in &self.third_parties {
            text.item("open_banking.third_party");
            text.key("delivery_mode", quoted(party.delivery_mode.name()));
            party.client.write(text, false);
        }
    }
}

impl TargetFile {
    /// The clients for flows of that mode: third parties where flows begin with a consent and there are any, else the one client.
    /// A consent that is signed needs a client with a key.
    #[must_use]
    pub fn clients_for(&self, mode: DeliveryMode, consent: Option<&ConsentType>) -> Vec<&ClientEntry> {
        let Some(kind) = consent else { return self.client(mode).into_iter().collect() };
        let able = |client: &&ClientEntry| {
            kind.media == ConsentMedia::Json || OpenBankingEntry::consent_key(client).is_some()
        };
        let entry = self.open_banking.as_ref();
        let third_parties: Vec<_> =
            entry.into_iter().flat_map(|entry| entry.of_mode(mode)).filter(able).collect();
        if third_parties.is_empty() {
            self.client(mode).into_iter().filter(able).collect()
        } else {
            third_parties
        }
    }
}

impl Secrets<'_> {
    pub(super) fn read_open_banking(&self, root: &Section<'_>) -> Option<OpenBankingEntry> {
        let section = root.table("open_banking");
        if !section.is_present() {
            return None;
        }
        let kinds = Reader::choice(&ConsentType::WORDS);
        let consents = section.list("consents", &kinds).unwrap_or_default();
        if consents.is_empty() && !section.has("consents") {
            section.missing("consents", "a list of the consents that clients can create there");
        }
        let base_url = section.optional("base_url", &url());
        let intent_id = section.or("intent_id", &Reader::choice(&IntentId::WORDS), IntentId::default());
        let paths = Reader::choice(&SystemPath::WORDS);
        let system_path = section.or("system_path", &paths, SystemPath::default());
        let sections = if section.has("third_party") { section.tables("third_party") } else { None };
        let sections = sections.unwrap_or_default();
        if sections.len() > MOST_THIRD_PARTIES {
            let problem = format!("{} entries, expected at most {MOST_THIRD_PARTIES}", sections.len());
            section.problem("third_party", &problem);
        }
        let third_parties: Vec<_> =
            sections.into_iter().filter_map(|party| self.read_third_party(party)).collect();
        check(&section, intent_id, &third_parties);
        section.finish();
        Some(OpenBankingEntry { consents, base_url, intent_id, system_path, third_parties })
    }

    fn read_third_party(&self, section: Section<'_>) -> Option<ThirdParty> {
        let delivery_mode = section.required("delivery_mode", &Reader::choice(&MODES));
        let client = ClientEntry::read(section, self, false);
        Some(ThirdParty { delivery_mode: delivery_mode?, client: client? })
    }
}

/// What has to fit together: who signs has to have a key.
fn check(section: &Section<'_>, intent_id: IntentId, third_parties: &[ThirdParty]) {
    let unsigned = third_parties.iter().filter(|party| party.client.request_key.is_none());
    let unsigned: Vec<&str> = unsigned.map(|party| party.client.client_id.as_str()).collect();
    if intent_id == IntentId::RequestObject && !unsigned.is_empty() {
        let reason = format!(
            "\"request_object\" needs third parties that sign, and {} has no request_signing_alg; add it with a private_key, or \
             write \"parameter\"",
            unsigned.join(", ")
        );
        section.problem("intent_id", &reason);
    }
}

#[cfg(test)]
mod tests {
    use super::super::secret::tests::TestSource;
    use super::*;

    const TARGET: &str =
        "issuer = \"http://127.0.0.1:9/t/a\"\nclients.poll = { client_id = \"c\", client_secret = \"s\" }\n";
    const UK: &str = "[open_banking]\nconsents = [\"open_banking_uk_accounts\"]\n";
    const PARTY: &str = "[[open_banking.third_party]]\ndelivery_mode = \"ping\"\nclient_id = \"tpp-1\"\nclient_secret = \"s\"\n";
    const SIGNER: &str = "[[open_banking.third_party]]\ndelivery_mode = \"poll\"\nclient_id = \"tpp-2\"\nclient_secret = \"s\"\n\
                          private_key = \"file:key.pem\"\nrequest_signing_alg = \"ES256\"\n";

    fn parse(more: &str) -> Result<TargetFile, String> {
        TargetFile::parse("t.toml", &format!("{TARGET}{more}"), &TestSource)
            .map_err(|problems| problems.to_string())
    }

    #[test]
    fn the_table_is_read_and_written() {
        assert_eq!(parse("").unwrap().open_banking, None);
        let least = parse(UK).unwrap().open_banking.unwrap();
        assert_eq!(least.consents, [ConsentType::of_name("open_banking_uk_accounts").unwrap()]);
        assert_eq!((least.intent_id, least.system_path), (IntentId::Parameter, SystemPath::System));
        assert!(least.third_parties.is_empty() && least.base_url.is_none());
        let more = "base_url = \"http://127.0.0.1:9/b\"\nsystem_path = \"api\"\n";
        let full = parse(&format!("{UK}{more}{PARTY}{SIGNER}")).unwrap();
        let entry = full.open_banking.as_ref().unwrap();
        assert_eq!(
            entry.of_mode(DeliveryMode::Ping).map(|client| client.client_id.as_str()).collect::<Vec<_>>(),
            ["tpp-1"]
        );
        assert_eq!(entry.system_path, SystemPath::Api);
        let written = full.to_toml();
        assert_eq!(TargetFile::parse("t.toml", &written, &TestSource).unwrap(), full, "{written}");
    }

    #[test]
    fn mistakes() {
        for (more, expected) in [
            (
                "[open_banking]\n".to_owned(),
                "open_banking.consents: missing, expected a list of the consents",
            ),
            (UK.replace("accounts", "account"), "did you mean \"open_banking_uk_accounts\""),
            (format!("{UK}intent_id = \"claim\"\n"), "expected \"parameter\" or \"request_object\""),
            (
                format!("{UK}intent_id = \"request_object\"\n{SIGNER}{PARTY}"),
                "and tpp-1 has no request_signing_alg",
            ),
            (
                format!("{UK}{}", PARTY.replace("ping", "push")),
                "delivery_mode: value \"push\", expected \"poll\"",
            ),
            (
                format!("{UK}{}", PARTY.replace("delivery_mode = \"ping\"\n", "")),
                "third_party[0].delivery_mode: missing",
            ),
            (format!("{UK}{}", PARTY.repeat(MOST_THIRD_PARTIES + 1)), "65 entries, expected at most 64"),
        ] {
            let problem = parse(&more).unwrap_err();
            assert!(problem.contains(expected), "{more}\n  gave     {problem}\n  expected {expected}");
        }
    }

    #[test]
    fn a_consent_that_is_signed_goes_to_a_third_party_with_a_key() {
        let target = parse(&format!("{UK}{PARTY}{SIGNER}")).unwrap();
        let ids = |mode, kind| {
            let clients = target.clients_for(mode, ConsentType::of_name(kind));
            clients.iter().map(|client| client.client_id.as_str()).collect::<Vec<_>>()
        };
        use DeliveryMode::{Ping, Poll};
        for (mode, kind, expected) in [
            (Poll, "none", &["c"][..]),
            (Ping, "none", &[]),
            (Poll, "open_banking_uk_accounts", &["tpp-2"]),
            (Ping, "open_banking_uk_accounts", &["tpp-1"]),
            (Poll, "open_banking_brasil_payments_v1", &["tpp-2"]),
            (Ping, "open_banking_brasil_payments_v1", &[]),
        ] {
            assert_eq!(ids(mode, kind), expected, "{mode:?} {kind}");
        }
    }
}
