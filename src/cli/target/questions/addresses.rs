use crate::cli::target::first::Draft;
use crate::cli::target::question::Fallback;

/// On loopback this machine is all there is; else the server has to get here.
pub fn listen(draft: &Draft, port: u16) -> Fallback {
    let ip = if draft.issuer().is_loopback() { "127.0.0.1" } else { "0.0.0.0" };
    Fallback::Value(format!("{ip}:{port}"))
}

/// Where the server finds what listens there.
pub fn public_url(draft: &Draft, listen: &str) -> Fallback {
    match draft.issuer().is_loopback() {
        true => Fallback::Leave(format!("http://{}", draft.text(listen).unwrap_or_default())),
        false => Fallback::Needed,
    }
}
