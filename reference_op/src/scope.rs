//! Scope values (RFC 6749, 3.3).

/// The scope that makes a request an OpenID Connect one.
pub(crate) const OPENID: &str = "openid";

/// The scope that asks for a refresh token (OpenID Connect Core 1.0, 11).
pub(crate) const OFFLINE_ACCESS: &str = "offline_access";

/// `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`.
pub(crate) fn is_token(scope: &str) -> bool {
    !scope.is_empty() && scope.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}

/// The distinct scopes of a space-delimited list in their order; `None` when a character is not allowed.
pub(crate) fn parse(list: &str) -> Option<Vec<String>> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in list.split(' ').filter(|scope| !scope.is_empty()) {
        if !is_token(scope) {
            return None;
        }
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    Some(scopes)
}

/// The list without the scopes that hold a character that is not allowed.
pub(crate) fn without_malformed(list: &str) -> String {
    list.split(' ').filter(|scope| is_token(scope)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_split_and_judged() {
        assert_eq!(parse("openid  profile openid").unwrap(), ["openid", "profile"]);
        assert_eq!(parse("").unwrap(), Vec::<String>::new());
        assert!(parse("openid \"x\"").is_none());
        assert!(parse("openid\tprofile").is_none());
    }
}
