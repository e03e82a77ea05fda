//! What the server calls: our authentication service and our notification endpoint, each started by itself, so that one
//! address that is taken keeps nothing else from being examined.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use url::Url;

use crate::analysis::Exit;
use crate::cli::failure::Failure;
use crate::cli::instruments::{InstrumentSettings, Instruments};
use crate::clock::Clock;
use crate::decision_channel::{Logins, hand_plan};
use crate::doctor::{Listening, OwnEndpoint, OwnService};
use crate::notification::Inbox;
use crate::target::file::{AuthenticationService, TargetFile};

/// What was started, until it is closed.
#[derive(Default)]
pub struct Running(Vec<Instruments>);

impl Running {
    /// Starts our authentication service, where the target file says that it is ours.
    pub fn service(&mut self, target: &TargetFile, clock: Clock) -> Result<Listening<OwnService>, Failure> {
        let public_url = match &target.authentication_service {
            AuthenticationService::Embedded(settings) => settings.public_url.as_ref(),
            AuthenticationService::Keycloak(settings) => settings.public_url.as_ref(),
            AuthenticationService::ApprovalUrl(_) => None,
            AuthenticationService::None => {
                return Ok(not_ours("the target file says that it is somebody else's"));
            }
        };
        let logins = Arc::new(Logins::new());
        let instruments = match start(target, false, &logins, &Arc::default(), clock)? {
            Ok(instruments) => instruments,
            Err(reason) => return Ok(Listening::Nowhere(reason)),
        };
        let (service, address) = (instruments.auth_service().cloned(), instruments.auth_service_address());
        let page = instruments.page(target);
        self.0.push(instruments);
        let (Some(service), Some(address)) = (service, address) else { return Ok(not_ours("there is none")) };
        let local = local_url(target.authentication_service.identity().is_some(), address, "/")?;
        let public = public_url.map_or_else(|| local.clone(), |url| url.url().clone());
        Ok(Listening::At(OwnService { service, logins, local, public, page }))
    }

    /// Starts our notification endpoint, where the target file has a client that is pinged or pushed its tokens.
    pub fn endpoint(&mut self, target: &TargetFile, clock: Clock) -> Result<Listening<OwnEndpoint>, Failure> {
        if target.clients.ping.is_none() && target.clients.push.is_none() {
            return Ok(not_ours("the target file has no client for ping"));
        }
        let inbox = Arc::new(Inbox::new());
        // The authentication service is another instrument.
        let alone = TargetFile { authentication_service: AuthenticationService::None, ..target.clone() };
        let instruments = match start(&alone, true, &Arc::default(), &inbox, clock)? {
            Ok(instruments) => instruments,
            Err(reason) => return Ok(Listening::Nowhere(reason)),
        };
        let (receiver, address) = (instruments.receiver().cloned(), instruments.notification_address());
        let named =
            target.notification.public_url.as_ref().and_then(|_| instruments.notification_url(target));
        self.0.push(instruments);
        let (Some(receiver), Some(address)) = (receiver, address) else {
            return Ok(not_ours("there is none"));
        };
        let local = local_url(target.notification.identity.is_some(), address, &target.notification.path)?;
        let public = named.unwrap_or_else(|| local.clone());
        Ok(Listening::At(OwnEndpoint { receiver, inbox, local, public }))
    }

    /// Ends everything in order, within bounds.
    pub async fn close(&self) {
        for instruments in &self.0 {
            instruments.close().await;
        }
    }
}

/// Something that is not started, for this reason.
pub fn not_ours<T>(reason: &str) -> Listening<T> {
    Listening::NotOurs(reason.to_owned())
}

/// Starts instruments. What an address or a setting of the target file keeps from starting is a finding, in words; anything
/// else ends the command.
fn start(
    target: &TargetFile,
    pings: bool,
    logins: &Arc<Logins>,
    inbox: &Arc<Inbox>,
    clock: Clock,
) -> Result<Result<Instruments, String>, Failure> {
    let settings = InstrumentSettings {
        pings,
        plan: hand_plan(target.conformance.unknown_user()),
        observer: logins.clone(),
        sink: inbox.clone(),
    };
    match Instruments::start(target, settings, clock) {
        Ok(instruments) => Ok(Ok(instruments)),
        Err(failure) if failure.exit() == Exit::Usage => Ok(Err(failure.lines().join("; "))),
        Err(failure) => Err(failure),
    }
}

/// A URL by which this process reaches what it listens at.
fn local_url(tls: bool, address: SocketAddr, path: &str) -> Result<Url, Failure> {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    let scheme = if tls { "https" } else { "http" };
    Url::parse(&format!("{scheme}://{}{path}", SocketAddr::new(ip, address.port())))
        .map_err(Failure::internal)
}
