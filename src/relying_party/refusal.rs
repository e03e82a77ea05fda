use crate::open_banking::refusal_words;
use crate::record::Exchange;

/// The server's own words about a refusal: its status and what its error says, cut, with nothing else of the answer; `else_said`
/// where it did not refuse.
pub fn said(exchange: Option<&Exchange>, else_said: String) -> String {
    match exchange.map(|exchange| (exchange.status, &exchange.body)) {
        Some((Some(status), body)) if status >= 300 => refusal_words(status, body.as_bytes()),
        Some(_) | None => else_said,
    }
}
