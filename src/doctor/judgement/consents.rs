use super::known::Known;
use crate::doctor::finding::Look;

/// What came of one kind of consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct ConsentTried {
    /// Its name in target files.
    pub(in super::super) kind: &'static str,
    /// The id of the client that was to create it, where there is one.
    pub(in super::super) client: Option<String>,
    /// Whether it was created; an error says why not, in the server's own words.
    pub(in super::super) created: Result<(), String>,
    /// Why it is still there, although such consents can be deleted.
    pub(in super::super) left: Option<String>,
}

/// Whether consents can be created: by the first client of each kind that the target file lists.
pub(in super::super) fn consents(known: &Known, tried: &[ConsentTried]) -> Look {
    let told = |tried: &ConsentTried, what: &str| {
        let by = tried.client.as_ref().map_or(String::new(), |id| format!(" by {id:?}"));
        format!("{}{by}: {what}", tried.kind)
    };
    let failed: Vec<String> = tried
        .iter()
        .filter_map(|tried| Some(told(tried, &format!("not created, {}", tried.created.as_ref().err()?))))
        .collect();
    if !failed.is_empty() {
        let base = known.target.open_banking.as_ref().and_then(|entry| entry.base_url.as_ref());
        let base = base.unwrap_or(&known.target.issuer);
        return Look::failed(
            failed.join("; "),
            format!(
                "target file: [open_banking] consents, base_url (consents are created below {base}), and its third parties, with a \
                 private_key where consents are signed; server's console: the client's grant client_credentials, and the scope of the \
                 consent API"
            ),
        );
    }
    let seen: Vec<String> = tried.iter().map(|tried| told(tried, "created")).collect();
    let left: Vec<String> = tried
        .iter()
        .filter_map(|tried| Some(told(tried, &format!("not deleted, {}", tried.left.as_ref()?))))
        .collect();
    match left.is_empty() {
        true => Look::sound(seen.join("; ")),
        false => Look::doubtful(
            format!("{}; {}", seen.join("; "), left.join("; ")),
            "server's log: why a consent cannot be deleted; a run leaves its consents behind there",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_looks, known};
    use super::*;
    use crate::doctor::finding::State;

    fn tried(kind: &'static str, created: Result<(), &str>, left: Option<&str>) -> ConsentTried {
        ConsentTried {
            kind,
            client: Some("bank-app".to_owned()),
            created: created.map_err(str::to_owned),
            left: left.map(str::to_owned),
        }
    }

    #[test]
    fn every_kind_has_to_be_created() {
        let accounts = tried("open_banking_uk_accounts", Ok(()), None);
        let payment = tried(
            "open_banking_uk_payment",
            Err("no token for the consent API: status 401, invalid_client"),
            None,
        );
        let stays = tried("open_banking_uk_accounts", Ok(()), Some("status 405"));
        let nobody =
            ConsentTried { client: None, ..tried("open_banking_brasil", Err("no client for it"), None) };
        assert_looks([
            (
                consents(&known(), std::slice::from_ref(&accounts)),
                State::Sound,
                "open_banking_uk_accounts by \"bank-app\": created",
                "",
            ),
            (
                consents(&known(), &[accounts, payment]),
                State::Failed,
                "open_banking_uk_payment by \"bank-app\": not created, no token for the consent API: status 401",
                "target file: [open_banking] consents, base_url (consents are created below https://op.test",
            ),
            (
                consents(&known(), &[nobody]),
                State::Failed,
                "open_banking_brasil: not created, no client",
                "private_key",
            ),
            (
                consents(&known(), &[stays]),
                State::Doubtful,
                "created; open_banking_uk_accounts by \"bank-app\": not deleted",
                "server's log",
            ),
        ]);
    }
}
