//! The addresses that a client registers: those that the provider calls, or derives something from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Uri;

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Objection {
    /// It is no absolute http or https URL.
    NoUrl,
    /// It is not HTTPS (CIBA Core 1.0, 4).
    PlainHttp,
    /// It leads into the provider's own network, where no client can be at home (CIBA Core 1.0, 14).
    Internal,
}

/// Looks at an address. Plain HTTP is accepted towards loopback alone, where everybody is who runs a test.
pub(super) fn look(url: &str) -> Result<(), Objection> {
    let uri: Uri = url.parse().map_err(|_| Objection::NoUrl)?;
    let scheme = uri.scheme_str().ok_or(Objection::NoUrl)?;
    let host = uri.host().filter(|host| !host.is_empty()).ok_or(Objection::NoUrl)?;
    match scheme {
        "https" => {}
        "http" if is_loopback(host) => {}
        "http" => return Err(Objection::PlainHttp),
        _ => return Err(Objection::NoUrl),
    }
    if is_internal(host) { Err(Objection::Internal) } else { Ok(()) }
}

/// The host of an address, in lower case.
pub(super) fn host(url: &str) -> Option<String> {
    Some(url.parse::<Uri>().ok()?.host()?.to_ascii_lowercase())
}

fn ip(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

fn is_loopback(host: &str) -> bool {
    let name = host.to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost") || ip(host).is_some_and(|ip| ip.is_loopback())
}

fn is_internal(host: &str) -> bool {
    match ip(host) {
        Some(IpAddr::V4(ip)) => is_internal_v4(ip),
        Some(IpAddr::V6(ip)) => ip.to_ipv4_mapped().map_or_else(|| is_internal_v6(ip), is_internal_v4),
        None => false,
    }
}

fn is_internal_v4(ip: Ipv4Addr) -> bool {
    ip.is_private() || ip.is_link_local() || ip.is_unspecified() || ip.is_broadcast()
}

fn is_internal_v6(ip: Ipv6Addr) -> bool {
    ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_https_and_lead_to_clients() {
        for fine in [
            "https://client.example/notify",
            "https://198.51.100.7:8443/",
            "http://127.0.0.1:4000/notify",
            "http://[::1]/",
            "http://localhost:80/x",
            "http://client.LOCALHOST/x",
        ] {
            assert_eq!(look(fine), Ok(()), "{fine}");
        }
        for (wrong, objection) in [
            ("", Objection::NoUrl),
            ("/notify", Objection::NoUrl),
            ("ftp://client.example/", Objection::NoUrl),
            ("http://client.example/", Objection::PlainHttp),
            ("http://localhost.example/", Objection::PlainHttp),
            ("https://10.1.2.3/", Objection::Internal),
            ("https://172.16.0.1/", Objection::Internal),
            ("https://192.168.1.1/", Objection::Internal),
            ("https://169.254.169.254/latest/meta-data/", Objection::Internal),
            ("https://0.0.0.0/", Objection::Internal),
            ("https://[fe80::1]/", Objection::Internal),
            ("https://[fd00::1]/", Objection::Internal),
            ("https://[::ffff:10.0.0.1]/", Objection::Internal),
        ] {
            assert_eq!(look(wrong), Err(objection), "{wrong}");
        }
        assert_eq!(host("https://Client.example:1/x").as_deref(), Some("client.example"));
        assert_eq!(host("/x"), None);
    }
}
