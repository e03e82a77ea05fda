use crate::ciba::Interval;

/// The window in which a server throttles polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// It has none and answers every poll.
    Never,
    /// From the last accepted poll; a throttled poll does not move it.
    FromAccepted,
    /// From the last poll, throttled or not: a client that keeps polling early is never answered.
    Sliding,
    /// A grid of time slots, one accepted poll in each. Two polls on both sides of a slot's end are both answered, however
    /// close they are: this is what sets it apart from [`Window::FromAccepted`].
    Slots,
    /// It never ends: every poll is throttled.
    Always,
}

/// What the first window is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begins {
    /// The first poll, which is answered at once.
    FirstPoll,
    /// The acknowledgement: a first poll within the interval is throttled. For [`Window::Slots`] only the grid lies
    /// there, and a first poll is answered.
    Acknowledgement,
}

/// What a throttled poll does to the length of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growth {
    /// Nothing.
    Fixed,
    /// 5 s more each time, for good.
    Ratchet,
    /// 5 s more each time, until the next accepted poll.
    UntilAccepted,
}

/// Whether the throttle comes before the user's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precedence {
    /// An early poll of a decided request gets the tokens or the refusal.
    DecisionFirst,
    /// It is throttled.
    IntervalFirst,
}

/// Who shares one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Nobody: each flow has its own.
    Flow,
    /// All flows of a client.
    Client,
    /// All flows.
    Everybody,
}

/// How a server throttles polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The window and what moves it.
    pub window: Window,
    /// Where it begins.
    pub begins: Begins,
    /// Whether it grows.
    pub growth: Growth,
    /// Whether it comes before the decision.
    pub precedence: Precedence,
    /// Who shares it.
    pub scope: Scope,
}

/// The simplest throttle: a window from the last accepted poll of a flow.
const BASE: Policy = Policy {
    window: Window::FromAccepted,
    begins: Begins::FirstPoll,
    growth: Growth::Fixed,
    precedence: Precedence::DecisionFirst,
    scope: Scope::Flow,
};

/// The known policies, each differing from `from-accepted` in one trait:
/// `none`, `fixed-window` (slots counted from the acknowledgement), `sliding-window`, `from-accepted`, `ratchet`,
/// `first-poll-throttled`, `checked-before-decision`, `per-client`.
pub const POLICIES: [Policy; 8] = [
    Policy { window: Window::Never, ..BASE },
    Policy { window: Window::Slots, begins: Begins::Acknowledgement, ..BASE },
    Policy { window: Window::Sliding, ..BASE },
    BASE,
    Policy { growth: Growth::Ratchet, ..BASE },
    Policy { begins: Begins::Acknowledgement, ..BASE },
    Policy { precedence: Precedence::IntervalFirst, ..BASE },
    Policy { scope: Scope::Client, ..BASE },
];

/// Every policy that can be told, the simplest first.
pub fn policies() -> Vec<Policy> {
    let mut all = Vec::new();
    for window in [Window::Never, Window::FromAccepted, Window::Sliding, Window::Slots, Window::Always] {
        for begins in [Begins::FirstPoll, Begins::Acknowledgement] {
            for growth in [Growth::Fixed, Growth::Ratchet, Growth::UntilAccepted] {
                for precedence in [Precedence::DecisionFirst, Precedence::IntervalFirst] {
                    for scope in [Scope::Flow, Scope::Client, Scope::Everybody] {
                        all.push(Policy { window, begins, growth, precedence, scope });
                    }
                }
            }
        }
    }
    all.retain(Policy::makes_sense);
    all.sort_by_key(|policy| policy.parts().len());
    all
}

impl Policy {
    /// The policy of that name.
    pub fn from_name(name: &str) -> Option<Policy> {
        policies().into_iter().find(|policy| policy.name() == name)
    }

    /// The stable name: that of a known policy, or the names of its traits joined by `-and-`.
    pub fn name(&self) -> String {
        self.parts().join("-and-")
    }

    /// Whether its window has a length.
    pub fn has_length(&self) -> bool {
        !matches!(self.window, Window::Never | Window::Always)
    }

    /// Traits that mean something together and can be told: slots do not grow, and where shared ones begin is not seen by a
    /// client that was not there; what has no length has no other trait, but for its place before or after the decision.
    fn makes_sense(&self) -> bool {
        match self.window {
            Window::FromAccepted | Window::Sliding => true,
            Window::Slots => self.growth == Growth::Fixed && self.scope == Scope::Flow,
            Window::Never => *self == Policy { window: Window::Never, ..BASE },
            Window::Always => *self == Policy { window: Window::Always, precedence: self.precedence, ..BASE },
        }
    }

    fn parts(&self) -> Vec<&'static str> {
        let window = match (self.window, self.begins) {
            (Window::Never, _) => Some("none"),
            (Window::FromAccepted, _) => None,
            (Window::Sliding, _) => Some("sliding-window"),
            (Window::Slots, Begins::Acknowledgement) => Some("fixed-window"),
            (Window::Slots, Begins::FirstPoll) => Some("fixed-window-from-first-poll"),
            (Window::Always, _) => Some("every-poll-throttled"),
        };
        let begins = match self.begins {
            Begins::Acknowledgement if self.window != Window::Slots => Some("first-poll-throttled"),
            Begins::Acknowledgement | Begins::FirstPoll => None,
        };
        let growth = match self.growth {
            Growth::Fixed => None,
            Growth::Ratchet => Some("ratchet"),
            Growth::UntilAccepted => Some("growing-until-accepted"),
        };
        let precedence = match self.precedence {
            Precedence::DecisionFirst => None,
            Precedence::IntervalFirst => Some("checked-before-decision"),
        };
        let scope = match self.scope {
            Scope::Flow => None,
            Scope::Client => Some("per-client"),
            Scope::Everybody => Some("for-everybody"),
        };
        let mut parts: Vec<_> = [window, begins, growth, precedence, scope].into_iter().flatten().collect();
        if parts.is_empty() {
            parts.push("from-accepted");
        }
        parts
    }

    /// The policy in plain words; `length` is that of the window, such as `5 s`.
    pub fn words(&self, length: &str) -> String {
        let before = match self.precedence {
            Precedence::DecisionFirst => "",
            Precedence::IntervalFirst => "; it is checked before the user's decision",
        };
        if self.window == Window::Never {
            return "no throttling: every poll is answered, however early".to_owned();
        }
        if self.window == Window::Always {
            return format!("every poll is throttled, however late it comes{before}");
        }
        let fixed = if self.growth == Growth::Fixed { "fixed window" } else { "window" };
        let window = match (self.window, self.begins) {
            (Window::Slots, Begins::Acknowledgement) => {
                format!("time slots of {length} counted from the acknowledgement, one accepted poll in each")
            }
            (Window::Slots, _) => {
                format!("time slots of {length} counted from the first poll, one accepted poll in each")
            }
            (Window::Sliding, _) => format!("window of {length} from the last poll, accepted or not"),
            (Window::FromAccepted | Window::Never | Window::Always, _) => {
                format!("{fixed} of {length} from the last accepted poll")
            }
        };
        let begins = match self.begins {
            Begins::Acknowledgement if self.window != Window::Slots => {
                "; the first window begins at the acknowledgement"
            }
            Begins::Acknowledgement | Begins::FirstPoll => "",
        };
        let step = Interval::SLOW_DOWN_STEP.as_secs();
        let growth = match self.growth {
            Growth::Fixed => "; the interval does not grow".to_owned(),
            Growth::Ratchet => format!("; each throttled poll makes the interval {step} s longer for good"),
            Growth::UntilAccepted => {
                format!(
                    "; each throttled poll makes the interval {step} s longer until the next accepted one"
                )
            }
        };
        let scope = match self.scope {
            Scope::Flow => "",
            Scope::Client => "; all flows of a client share it",
            Scope::Everybody => "; all flows of all clients share it",
        };
        format!("{window}{begins}{growth}{before}{scope}")
    }
}
