use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use hyper_util::client::legacy::connect::dns::Name;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use tower::Service;

/// Finds the addresses of a name.
type Lookup = dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync;

/// Asks for a name's addresses anew for each connection, and begins with another one of them each time: so connections spread
/// over a pool of servers, and find those that came to it meanwhile. Nothing is kept here; what the system keeps is its own.
#[derive(Clone)]
pub(super) struct Resolver {
    lookup: Arc<Lookup>,
    turn: Arc<AtomicUsize>,
}

impl Resolver {
    /// Asks the system, but for a host of which somebody has said where it is reached.
    pub fn new(connect_to: Option<(String, SocketAddr)>) -> Self {
        Self::asking(move |name| {
            let said = connect_to.as_ref().filter(|(host, _)| name.eq_ignore_ascii_case(host));
            match said.map(|(_, address)| *address) {
                Some(address) => std::future::ready(Ok(vec![address])).boxed(),
                None => {
                    async move { Ok(tokio::net::lookup_host((name.as_str(), 0)).await?.collect()) }.boxed()
                }
            }
        })
    }

    /// Asks somebody else.
    fn asking(
        lookup: impl Fn(String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync + 'static,
    ) -> Self {
        Resolver { lookup: Arc::new(lookup), turn: Arc::default() }
    }
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let asking = (self.lookup)(name.as_str().to_owned());
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        async move { Ok(spread(asking.await?, turn).into_iter()) }.boxed()
    }
}

/// The addresses in the order of this turn. Those of the family that the system puts first stay first: it knows which of them
/// leads anywhere from here, and the others are what a connection falls back to.
fn spread(addresses: Vec<SocketAddr>, turn: usize) -> Vec<SocketAddr> {
    let of_first = |address: &SocketAddr| addresses.first().is_some_and(|f| f.is_ipv4() == address.is_ipv4());
    let (mut first, others): (Vec<_>, Vec<_>) = addresses.iter().copied().partition(of_first);
    if !first.is_empty() {
        let by = turn % first.len();
        first.rotate_left(by);
    }
    first.extend(others);
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::tls::{Trust, client_config};
    use crate::transport::connector::client;
    use http_body_util::{BodyExt, Full};
    use std::sync::Mutex;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    #[test]
    fn every_turn_begins_with_another_address_of_the_family_that_comes_first() {
        let addresses = |texts: &[&str]| -> Vec<SocketAddr> {
            texts.iter().map(|text| SocketAddr::new(text.parse().unwrap(), 0)).collect()
        };
        let mixed = ["::1", "127.0.0.1", "::2", "127.0.0.2"];
        for (known, turn, expected) in [
            (&[][..], 3, &[][..]),
            (&["127.0.0.1"], 5, &["127.0.0.1"]),
            (&["127.0.0.1", "127.0.0.2", "127.0.0.3"], 4, &["127.0.0.2", "127.0.0.3", "127.0.0.1"]),
            (&mixed, 0, &["::1", "::2", "127.0.0.1", "127.0.0.2"]),
            (&mixed, 1, &["::2", "::1", "127.0.0.1", "127.0.0.2"]),
        ] {
            assert_eq!(spread(addresses(known), turn), addresses(expected), "{known:?} in turn {turn}");
        }
    }

    /// A server that answers each connection's one request with its own name, and closes.
    async fn server(listener: TcpListener, name: &'static str) {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = socket.read(&mut request).await;
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{name}", name.len());
            let _ = socket.write_all(answer.as_bytes()).await;
        }
    }

    #[tokio::test]
    async fn each_connection_asks_again_and_a_server_that_came_to_the_pool_is_found() {
        // The same port at two addresses of this machine.
        let (first, second, port) = loop {
            let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = first.local_addr().unwrap().port();
            if let Ok(second) = TcpListener::bind(("127.0.0.2", port)).await {
                break (first, second, port);
            }
        };
        tokio::spawn(server(first, "one"));
        tokio::spawn(server(second, "two"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let known = asked.clone();
        let resolver = Resolver::asking(move |name| {
            let mut asked = known.lock().unwrap();
            asked.push(name);
            // The second server comes when two connections have been made.
            let pool =
                if asked.len() > 2 { vec![[127, 0, 0, 1], [127, 0, 0, 2]] } else { vec![[127, 0, 0, 1]] };
            let pool = pool.into_iter().map(|ip| SocketAddr::from((ip, 0))).collect();
            async move { Ok(pool) }.boxed()
        });
        let config = client_config(Trust::System, None, false).unwrap();
        let client = client(2, None, resolver, config, Clock::system());
        let mut answered = Vec::new();
        for _ in 0..6 {
            let request =
                http::Request::get(format!("http://pool.test:{port}/")).body(Full::default()).unwrap();
            let answer = client.request(request).await.unwrap().into_body().collect().await.unwrap();
            answered.push(String::from_utf8(answer.to_bytes().to_vec()).unwrap());
        }
        assert_eq!(*asked.lock().unwrap(), ["pool.test"; 6], "one question for each connection");
        assert_eq!(answered[..2], ["one", "one"]);
        assert!(answered[2..].iter().filter(|name| *name == "two").count() == 2, "{answered:?}");
    }
}
