use super::Failure;

const UNTRUSTED: &str = "; the server's certificate is not trusted: name the certificate of its authority under [tls] roots \
                         in the target file";

/// What rustls says of a certificate, and what to do about it.
const REMEDIES: [(&str, &str); 5] = [
    ("UnknownIssuer", UNTRUSTED),
    // Another authority of the same name.
    ("BadSignature", UNTRUSTED),
    (
        "CaUsedAsEndEntity",
        "; the server shows the certificate of an authority: it needs one of its own, issued for its host name",
    ),
    (
        "not valid for name",
        "; the server's certificate is for another host: use that host in the issuer, with [tls] connect_to in the target \
         file if it is reached elsewhere",
    ),
    ("certificate expired", "; the server's certificate has expired: it has to be renewed there"),
];

/// Why there is no answer.
pub(super) fn failure(error: hyper_util::client::legacy::Error) -> Failure {
    let words = words_of(&error);
    if error.is_connect() { Failure::Connect(words) } else { Failure::Broken(words) }
}

/// An error with its causes, the nearest first, and what to do where the trust in a certificate is missing.
pub(super) fn words_of(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    if let Some((_, remedy)) = REMEDIES.iter().find(|(said, _)| words.contains(said)) {
        words.push_str(remedy);
    }
    words
}
