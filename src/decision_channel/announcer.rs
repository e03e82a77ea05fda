use mock_auth_service::{Announcement, AuthService};

/// Announces flows to our authentication service where no server tells it of them, since it calls an approval URL.
#[derive(Debug, Clone)]
pub struct Announcer {
    service: AuthService,
}

impl Announcer {
    /// What announces flows to this service; `None` where the server does.
    pub fn of(service: &AuthService) -> Option<Self> {
        service.is_announced().then(|| Announcer { service: service.clone() })
    }

    /// A flow was acknowledged; from now on its user can decide.
    pub fn announce(&self, flow: &Announcement<'_>) {
        // What finds no room there is counted there, and stays without a decision.
        self.service.announce(flow);
    }
}
