use super::clients::{PING, POLL, SECOND, UNREGISTERED};
use super::decisions::SERVICE;
use super::judgement::EXPECTED;
use super::load::PERMISSION;
use super::notifications::NOTIFICATION;
use crate::cli::target::question::Question;

/// Everything that is asked, in this order: a question may go by the answers before it.
pub static QUESTIONS: [Question; 39] = {
    // Nothing is asked for with a client that is to be refused.
    let (unregistered, _scope) = UNREGISTERED.split_at(3);
    let parts: [&[Question]; 8] =
        [&POLL, &PING, &SECOND, unregistered, &SERVICE, &NOTIFICATION, &EXPECTED, &PERMISSION];
    let mut all = [POLL[0]; 39];
    let (mut at, mut part) = (0, 0);
    while part < parts.len() {
        let mut index = 0;
        while index < parts[part].len() {
            all[at] = parts[part][index];
            at += 1;
            index += 1;
        }
        part += 1;
    }
    assert!(at == all.len(), "as many places as questions");
    all
};
