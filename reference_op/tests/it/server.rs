//! The listeners: real sockets, management paths, and the log file.

use std::time::Duration;

use axum::body::Body;
use http::Request;
use reference_op::{FaultSet, serve};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::world::*;

#[tokio::test]
async fn a_bound_listener_serves_until_it_is_told_to_stop() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, world.op.router(), async move { drop(stopped.await) }));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = "GET /default/ciba/.well-known/jwks.json HTTP/1.1\r\nhost: op\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("\"kid\""), "{answer}");
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(30), server).await.unwrap().unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn the_management_paths_tell_counters_and_requests_held() {
    let world = World::new();
    let id = world.acknowledged(ALICE).await;
    world.acknowledged(ALICE).await;
    world.decide_newest("reject").await.ok();
    world.poll(ALICE, &id).await;
    let get = async |path: &str| {
        send(world.op.management_router(), Request::get(path).body(Body::empty()).unwrap()).await.ok().body
    };
    assert_eq!(get("/health").await, json!({"status": "ok"}));
    assert_eq!(get("/pending-count").await, json!({"pending": 1, "held": 2}));
    let log = get("/access-log").await;
    assert_eq!(log["backchannel_authentication"], json!({"acknowledged": 2}));
    assert_eq!(log["token"], json!({"authorization_pending": 1}));
    assert_eq!(log, serde_json::to_value(world.op.access_counts()).unwrap());
}

#[tokio::test(start_paused = true)]
async fn the_log_file_has_a_line_for_each_answer_before_it_is_sent() {
    let path = std::env::temp_dir().join(format!("reference-op-access-{}.jsonl", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let mut settings = settings();
    settings.access_log_file = Some(path.clone());
    let world = World::with(settings, FaultSet::NONE);
    world.poll(ALICE, "unheard-of").await.expect(400, "invalid_grant");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let entries: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        entries,
        [json!({
            "ms": START_OF_TIME * 1000, "endpoint": "token", "outcome": "invalid_grant", "client_id": "alice-app",
        })]
    );
}
