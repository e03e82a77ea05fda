//! On a socket.

use std::sync::Arc;

use axum::Router;
use mock_auth_service::{Clock, serve};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Notify, oneshot},
};

use crate::stage::Stage;

const REQUEST: &str = "POST /user/verify HTTP/1.1\r\nhost: as\r\nauthorization: Basic dXNlcjpwYXNz\r\n\
     content-length: 27\r\nconnection: close\r\n\r\n{\"user_identifier\":\"alice\"}";

#[tokio::test]
async fn a_bound_listener_is_served_until_shutdown() {
    let stage = Stage::planned("");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(serve(listener, stage.service.router(), async {
        let _ = stopped.await;
    }));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(REQUEST.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("{\"valid\":true}"), "{answer}");
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_request_that_does_not_end_holds_the_shutdown_for_five_seconds_only() {
    let clock = Clock::system();
    let begun = Arc::new(Notify::new());
    let handler = {
        let begun = Arc::clone(&begun);
        || async move {
            begun.notify_one();
            std::future::pending::<()>().await
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: as\r\n\r\n").await.unwrap();
    let before = clock.now();
    let shutdown = async move { begun.notified().await };
    serve(listener, Router::new().route("/", axum::routing::get(handler)), shutdown).await.unwrap();
    assert_eq!(clock.now().duration_since(before).as_secs(), 5);
}
