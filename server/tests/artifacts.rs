//! Artifacts as they come in over REST: large ones at this one path and for those who are signed in, digested by a process of its own that
//! may be harmed and harms nobody.

mod door;

use axum::{extract::ConnectInfo, http::StatusCode};
use data_encoding::BASE64;
use domain::ArtifactKind;
use door::{Anna, Answer, Door, door};
use gate::{Digester, Feed, Intake};
use serde_json::{Value, json};
use server::{
    auth::Key,
    digest::Child,
    web::{self, AppState, Site},
};
use std::{net::SocketAddr, sync::Arc};
use tokio_util::sync::CancellationToken;

const HERE: (&str, &str) = ("sec-fetch-site", "same-origin");
const UPLOAD: &str = "/api/v1/support/actions/upload-artifact";

fn child() -> Child {
    Child::new(env!("CARGO_BIN_EXE_ops-console").into())
}

/// The door with all of the web behind it, and Anna, who is a lead over all tenants.
async fn console() -> (Door, Anna) {
    let mut door = door().await;
    let anna = door.enrolled().await;
    door.sql("update console.staff_role set role = 'lead', only_tenant = null");
    door.gate.digests_with(Arc::new(child()));
    let (feed, intake) = (Feed::open(&door.logins).await.expect("a feed"), Intake::open(&door.logins).await.expect("a lane"));
    let none = String::new;
    let site = Site { dir: "no-such-directory".into(), js: none(), wasm: none(), css: none(), parts: [].into() };
    let key = Key::from_bytes([7; 32]);
    let state = AppState::new(door.gate.clone(), feed, intake, site, "http://127.0.0.1:3000".into(), key, CancellationToken::new());
    door.router = web::router(state).layer(axum::Extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 7)))));
    (door, anna)
}

async fn send(door: &Door, path: &str, cookie: &str, body: String) -> Answer {
    door.send("POST", path, &[("cookie", cookie), HERE, ("content-type", "application/json")], body).await
}

fn body(name: &str, kind: &str, file: &[u8]) -> String {
    let input = json!({ "build": "b1", "name": name, "kind": kind, "content": BASE64.encode(file) });
    json!({ "ask": { "reason": "Artifacts of build b1" }, "input": input }).to_string()
}

/// A source map with a source of so many bytes.
fn map(bytes: usize) -> String {
    json!({ "version": 3, "sources": ["a.ts"], "names": [], "mappings": "AAAA", "sourcesContent": ["x = 1;\n".repeat(bytes / 7)] })
        .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_is_taken_here_and_nowhere_else_and_a_larger_one_is_not() {
    let (door, anna) = console().await;
    let large = body("app.js", "source-map", map(24 << 20).as_bytes());
    assert!(large.len() > 32_000_000);
    let taken = send(&door, UPLOAD, &anna.cookie, large.clone()).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.body);
    let receipt: Value = serde_json::from_str(&taken.body).expect("a receipt");
    assert_eq!(receipt["output"]["repeated"], false, "{receipt}");
    assert_eq!(door.sql("select build || ' ' || name || ' ' || (size > 20000000) from ops.artifact"), "b1 app.js true");
    for path in ["/fn/upload-artifact", "/api/v1/support/actions/record-deploy", "/api/v1/support/actions/edit-command"] {
        assert_eq!(send(&door, path, &anna.cookie, large.clone()).await.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
    for nobody in ["", "__Host-ops=forged", "ops=forged"] {
        assert_eq!(send(&door, UPLOAD, nobody, large.clone()).await.status, StatusCode::UNAUTHORIZED, "{nobody}");
    }
    let larger = send(&door, UPLOAD, &anna.cookie, "x".repeat(90 << 20)).await;
    assert!(larger.status == StatusCode::PAYLOAD_TOO_LARGE && larger.body.contains("Nothing was changed"), "{}", larger.body);
    let too_large = send(&door, UPLOAD, &anna.cookie, body("b.js", "source-map", &vec![b' '; (64 << 20) + 1])).await;
    assert!(too_large.status == StatusCode::UNPROCESSABLE_ENTITY && too_large.body.contains("64 MiB"), "{}", too_large.body);
}

/// A section of a module.
fn section(name: &str, content: &[u8]) -> Vec<u8> {
    let size = |mut number: usize| {
        let mut bytes = Vec::new();
        while number > 127 {
            bytes.push(u8::try_from(number & 127).expect("seven bits") | 128);
            number >>= 7;
        }
        bytes.push(u8::try_from(number).expect("seven bits"));
        bytes
    };
    let inner = [size(name.len()), name.as_bytes().to_vec(), content.to_vec()].concat();
    [vec![0], size(inner.len()), inner].concat()
}

/// Functions in functions, two million deep: whoever follows them has no stack left.
fn bottomless() -> Vec<u8> {
    // A unit that says where it begins, and a function that says nothing; both may hold others.
    let abbreviations = [1, 0x2e, 1, 0, 0, 2, 0x11, 1, 0x11, 1, 0, 0, 0];
    let entries = [vec![2, 1, 0, 0, 0], vec![1; 2_000_000]].concat();
    let head = [4, 0, 0, 0, 0, 0, 4];
    let length = u32::try_from(head.len() + entries.len()).expect("small").to_le_bytes();
    let unit = [length.as_slice(), &head, &entries].concat();
    [b"\0asm\x01\0\0\0".to_vec(), section(".debug_abbrev", &abbreviations), section(".debug_info", &unit)].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_made_to_harm_its_reader_ends_the_reader_and_nothing_else() {
    let child = child();
    let no = child.digest(ArtifactKind::Wasm, bottomless()).await.expect_err("harmful");
    assert!(no.contains("ended whoever read it") && no.contains("Nothing was changed"), "{no}");
    let no = child.digest(ArtifactKind::Wasm, b"\0asm".to_vec()).await.expect_err("half a file");
    assert!(no.contains("no WebAssembly module"), "{no}");
    let done = child.digest(ArtifactKind::SourceMap, map(700).into_bytes()).await.expect("and the next one is read");
    assert!(done.lines && done.sha256.len() == 64 && !done.digest.is_empty(), "{done:?}");
    assert!(Child::new("no-such-program".into()).digest(ArtifactKind::Wasm, Vec::new()).await.is_err());
}
