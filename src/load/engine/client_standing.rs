use crate::record::{Answered, Exchange};
use crate::relying_party::said;

/// So many authentication requests refused because of who sends them, and not one acknowledged, end a run: it would go on
/// like that.
const REFUSED_TO_STOP: u32 = 5;

/// Whether the server knows a client, as far as its answers tell.
#[derive(Debug, Default)]
pub(super) struct ClientStanding {
    acknowledged: bool,
    refused: u32,
}

impl ClientStanding {
    /// Takes an answer to an authentication request in. Gives the server's own words when the run should end by it. A server
    /// that is down or overloaded refuses no client.
    pub fn heard(&mut self, answered: Answered, exchange: Option<&Exchange>) -> Option<String> {
        self.acknowledged |= answered == Answered::Acknowledged;
        if self.acknowledged || !matches!(answered, Answered::InvalidClient | Answered::UnauthorizedClient) {
            return None;
        }
        self.refused += 1;
        (self.refused == REFUSED_TO_STOP).then(|| said(exchange, String::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_is_refused_from_the_beginning_ends_the_run_once() {
        let heard = |answers: &[Answered]| {
            let mut standing = ClientStanding::default();
            answers.iter().filter_map(|answered| standing.heard(*answered, None)).count()
        };
        let refused = [Answered::InvalidClient; 5];
        assert_eq!(heard(&refused[1..]), 0);
        assert_eq!(heard(&refused), 1);
        assert_eq!(heard(&[&refused[..], &refused].concat()), 1);
        assert_eq!(heard(&[&[Answered::Acknowledged], &refused[..], &refused].concat()), 0);
        let overloaded = [Answered::Unavailable, Answered::ServerError, Answered::TimedOut];
        assert_eq!(heard(&[&overloaded[..], &[Answered::UnauthorizedClient; 5], &overloaded].concat()), 1);
        assert_eq!(heard(&overloaded.repeat(9)), 0);
    }
}
