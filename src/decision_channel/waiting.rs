use super::Started;
use tokio::time::Instant;

/// Which login is sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sought<'a> {
    /// The user of the flow.
    pub user: &'a str,
    /// The binding message that the flow sent. `None` finds any login of the user, whatever its message.
    pub binding_message: Option<&'a str>,
    /// When the flow's request was sent: what arrived before is not its own.
    pub after: Instant,
}

/// Why a login was taken for a flow's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FoundBy {
    /// It carries the flow's binding message.
    BindingMessage,
    /// It is the user's only one that nobody had claimed, and nobody else waited for one of this user.
    OnlyOfUser,
    /// There were several, or several flows that waited: the first start is taken for the first flow's, which a server that
    /// starts authentications out of order makes wrong.
    FirstOfUser,
}

/// Whose turn it is. Bounded by the tasks that wait.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// In the order of their flows.
    waiting: Vec<Waiting>,
    next: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket(u64);

#[derive(Debug)]
struct Waiting {
    ticket: Ticket,
    user: Box<str>,
    binding_message: Option<Box<str>>,
    after: Instant,
}

impl Queue {
    pub(super) fn join(&mut self, sought: &Sought<'_>) -> Ticket {
        let ticket = Ticket(self.next);
        self.next += 1;
        let waiting = Waiting {
            ticket,
            user: sought.user.into(),
            binding_message: sought.binding_message.map(Into::into),
            after: sought.after,
        };
        let at = self.waiting.partition_point(|other| other.after <= waiting.after);
        self.waiting.insert(at, waiting);
        ticket
    }

    pub(super) fn leave(&mut self, ticket: Ticket) {
        self.waiting.retain(|waiting| waiting.ticket != ticket);
    }

    /// The one of these unclaimed starts, oldest first, that is this flow's when every flow gets its own: by its message
    /// where it can, else by its user, each in its turn.
    pub(super) fn share_of(&self, ticket: Ticket, free: &[(usize, &Started)]) -> Option<(usize, FoundBy)> {
        let mut free = free.to_vec();
        let mut others = Vec::new();
        for waiting in &self.waiting {
            match free.iter().position(|(_, start)| waiting.is_named_by(start)) {
                Some(at) if waiting.ticket == ticket => return Some((free[at].0, FoundBy::BindingMessage)),
                Some(at) => drop(free.remove(at)),
                None => others.push(waiting),
            }
        }
        for (turn, waiting) in others.iter().enumerate() {
            let Some(at) = free.iter().position(|(_, start)| waiting.may_be(start)) else { continue };
            if waiting.ticket != ticket {
                free.remove(at);
                continue;
            }
            let several = free.iter().filter(|(_, start)| waiting.may_be(start)).count() > 1;
            let start = free[at].1;
            let rivals = others.iter().enumerate().any(|(other, rival)| other != turn && rival.may_be(start));
            let found_by = if several || rivals { FoundBy::FirstOfUser } else { FoundBy::OnlyOfUser };
            return Some((free[at].0, found_by));
        }
        None
    }
}

impl Waiting {
    fn is_named_by(&self, start: &Started) -> bool {
        self.after <= start.at
            && self
                .binding_message
                .as_deref()
                .is_some_and(|sent| start.binding_message.as_deref() == Some(sent))
    }

    fn may_be(&self, start: &Started) -> bool {
        self.after <= start.at
            && *self.user == *start.user
            && (self.binding_message.is_none() || start.binding_message.is_none())
    }
}
