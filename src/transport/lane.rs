use super::connector::{Client, client};
use super::http::{ServerTls, TransportSetUpError};
use super::resolver::Resolver;
use crate::clock::Clock;
use crate::tls::{ClientConfigError, Identity, TlsConfig, Trust, client_config};
use bytes::Bytes;
use std::borrow::Cow;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// Where connections have an age, so many parts of them are renewed one after the other, and not all at once.
const AGE_GROUPS: usize = 4;

/// How long connections are used, and where they come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectionSpread {
    /// A connection that is older carries no further exchange; without it a connection is used as long as the server keeps it.
    pub max_age: Option<Duration>,
    /// Addresses of this machine that connections come from, each as often as the others; the system chooses if there is none.
    pub source_addresses: Vec<IpAddr>,
}

/// What all connections have in common.
pub(super) struct Common {
    tls: ServerTls,
    /// Of connections that show no certificate.
    plain: TlsConfig,
    resolver: Resolver,
    max_age: Option<Duration>,
    pub clock: Clock,
}

impl Common {
    /// What follows from these settings.
    pub fn new(tls: ServerTls, max_age: Option<Duration>, clock: Clock) -> Result<Self, ClientConfigError> {
        let plain = config(&tls, None)?;
        let resolver = Resolver::new(tls.connect_to.clone());
        Ok(Common { tls, plain, resolver, max_age, clock })
    }

    fn client(&self, connections_max: usize, source: Option<IpAddr>, config: TlsConfig) -> Client {
        client(connections_max, source, self.resolver.clone(), config, self.clock)
    }
}

fn config(tls: &ServerTls, identity: Option<&Identity>) -> Result<TlsConfig, ClientConfigError> {
    let trust = match &tls.roots {
        _ if tls.unverified => Trust::Anybody,
        Some(roots) => Trust::Only(roots),
        None => Trust::System,
    };
    client_config(trust, identity, tls.http2)
}

/// A part of the connections: those from one address that grow old together. They are a pool, and one more for each
/// certificate; when they are too old, others take their place, and what is under way ends with the old ones.
pub(super) struct Lane {
    source: Option<IpAddr>,
    connections_max: usize,
    /// One for each connection that may be in use.
    pub permits: Semaphore,
    /// The client that shows no certificate, where connections have no age: nearly every exchange takes it, and waits for no lock.
    lasting: Option<Client>,
    clients: Mutex<Clients>,
}

struct Clients {
    plain: Client,
    /// By certificate, in DER.
    proven: HashMap<Bytes, Client>,
    /// When they are too old.
    until: Option<Instant>,
}

impl Lane {
    /// Divides the connections: evenly among their sources, and where they have an age by when it is reached.
    pub fn divide(connections_max: usize, sources: &[IpAddr], common: &Common) -> Vec<Self> {
        let sources: Vec<_> =
            if sources.is_empty() { vec![None] } else { sources.iter().copied().map(Some).collect() };
        let groups = if common.max_age.is_some() { AGE_GROUPS } else { 1 };
        let lanes = (sources.len() * groups).min(connections_max).max(1);
        let begun = common.clock.now();
        let lane = |(index, source): (usize, Option<IpAddr>)| {
            let connections_max =
                (connections_max / lanes + usize::from(index < connections_max % lanes)).max(1);
            let plain = common.client(connections_max, source, common.plain.clone());
            // The first ones are renewed early, so that they are never all renewed together again.
            let share = |age: Duration| begun + age.mul_f64((index + 1) as f64 / lanes as f64);
            let lasting = common.max_age.is_none().then(|| plain.clone());
            let clients = Clients { plain, proven: HashMap::new(), until: common.max_age.map(share) };
            let permits = Semaphore::new(connections_max);
            Lane { source, connections_max, permits, lasting, clients: Mutex::new(clients) }
        };
        sources.into_iter().cycle().take(lanes).enumerate().map(lane).collect()
    }

    /// The client whose connections show this certificate, none of them too old: a connection belongs to whoever has opened it.
    pub fn client(
        &self,
        identity: Option<&Identity>,
        common: &Common,
    ) -> Result<Cow<'_, Client>, TransportSetUpError> {
        if let (None, Some(client)) = (identity, &self.lasting) {
            return Ok(Cow::Borrowed(client));
        }
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(until), Some(age)) = (clients.until, common.max_age) {
            let now = common.clock.now();
            if now >= until {
                clients.plain = common.client(self.connections_max, self.source, common.plain.clone());
                clients.proven.clear();
                // Whatever was idle meanwhile, the lanes keep their distance.
                let late = (now - until).as_nanos() % age.as_nanos().max(1);
                let late = Duration::from_nanos(u64::try_from(late).unwrap_or(0));
                clients.until = Some(now + age.saturating_sub(late));
            }
        }
        let Some(identity) = identity else { return Ok(Cow::Owned(clients.plain.clone())) };
        let key = &identity.certificate().der;
        if let Some(client) = clients.proven.get(key) {
            return Ok(Cow::Owned(client.clone()));
        }
        let shown = config(&common.tls, Some(identity))?;
        let client = common.client(self.connections_max, self.source, shown);
        clients.proven.insert(key.clone(), client.clone());
        Ok(Cow::Owned(client))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::{Call, Http, HttpSettings, Transport as _};
    use std::collections::BTreeMap;
    use std::net::SocketAddr;
    use std::sync::Arc;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// A server that keeps its connections, and says where each came from.
    async fn server() -> (url::Url, Arc<Mutex<Vec<SocketAddr>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap()).parse().unwrap();
        let seen: Arc<Mutex<Vec<SocketAddr>>> = Arc::default();
        let known = seen.clone();
        tokio::spawn(async move {
            while let Ok((mut socket, from)) = listener.accept().await {
                known.lock().unwrap().push(from);
                tokio::spawn(async move {
                    let mut request = [0; 4096];
                    while socket.read(&mut request).await.is_ok_and(|read| read > 0) {
                        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
                    }
                });
            }
        });
        (url, seen)
    }

    async fn ask(http: &Http, url: &url::Url) {
        let call = Call {
            method: http::Method::GET,
            url: url.clone().into(),
            headers: http::HeaderMap::new(),
            body: Bytes::new(),
            timeout: Duration::from_secs(20),
            identity: None,
        };
        assert_eq!(http.exchange(call).await.result.unwrap().status, 200);
    }

    fn http(connections_max: usize, spread: ConnectionSpread) -> Http {
        Http::spread(HttpSettings { connections_max }, spread, ServerTls::default(), Clock::system()).unwrap()
    }

    #[tokio::test]
    async fn connections_come_from_each_address_by_turns_and_never_more_than_there_may_be() {
        let (url, seen) = server().await;
        let source_addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.3"].map(|text| text.parse().unwrap());
        let spread = ConnectionSpread { max_age: None, source_addresses: source_addresses.to_vec() };
        let http = http(4, spread);
        for _ in 0..6 {
            ask(&http, &url).await;
        }
        let one_each: Vec<_> = seen.lock().unwrap().iter().map(SocketAddr::ip).collect();
        assert_eq!(one_each, source_addresses, "the second round went over the connections of the first");
        futures_util::future::join_all((0..40).map(|_| ask(&http, &url))).await;
        let mut by_source = BTreeMap::new();
        for from in seen.lock().unwrap().iter() {
            *by_source.entry(from.ip()).or_insert(0) += 1;
        }
        assert_eq!(by_source.len(), 3);
        assert!(by_source.values().sum::<usize>() <= 4, "{by_source:?}");
    }

    #[tokio::test]
    async fn an_old_connection_carries_no_further_exchange() {
        const AGE: Duration = Duration::from_secs(30);
        let (url, seen) = server().await;
        let renewed = http(1, ConnectionSpread { max_age: Some(AGE), source_addresses: Vec::new() });
        let kept = http(1, ConnectionSpread::default());
        for (http, expected) in [(&renewed, [1, 1, 2, 3, 3]), (&kept, [4, 4, 4, 4, 4])] {
            let mut connections = Vec::new();
            for seconds in [0, 20, 20, 40, 0] {
                // Only this jump is made; sockets have the time that they need.
                tokio::time::pause();
                tokio::time::advance(Duration::from_secs(seconds)).await;
                tokio::time::resume();
                ask(http, &url).await;
                connections.push(seen.lock().unwrap().len());
            }
            assert_eq!(connections, expected);
        }
    }

    #[test]
    fn connections_are_divided_among_sources_and_ages() {
        let common = |max_age| Common::new(ServerTls::default(), max_age, Clock::system()).unwrap();
        let sources: Vec<IpAddr> = vec![[127, 0, 0, 1].into(), [127, 0, 0, 2].into()];
        let day = Some(Duration::from_secs(86_400));
        for (connections, sources, age, expected) in [
            (512, &[][..], None, vec![512]),
            (10, &[], day, vec![3, 3, 2, 2]),
            (5, &sources, None, vec![3, 2]),
            (20, &sources, day, vec![3, 3, 3, 3, 2, 2, 2, 2]),
            (1, &sources, day, vec![1]),
        ] {
            let common = common(age);
            let lanes = Lane::divide(connections, sources, &common);
            let shares: Vec<_> = lanes.iter().map(|lane| lane.connections_max).collect();
            assert_eq!(shares, expected);
            let mut ends: Vec<_> = lanes.iter().map(|lane| lane.clients.lock().unwrap().until).collect();
            ends.dedup();
            assert_eq!(ends.len(), if age.is_some() { lanes.len() } else { 1 }, "no two end together");
        }
    }
}
