//! Asking by HTTP: what is sent byte for byte, and what is said of answers that are none.

use std::{fs, path::PathBuf};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::{EMPTY, T};
use crate::{
    domain::Moment,
    metrics::{
        Settings, Way,
        door::{Door, Question, Range},
        settings::{Address, Login},
    },
};

/// Answers one request with these bytes; what was sent, without its last empty line.
async fn served(listener: TcpListener, answer: String) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut sent = Vec::new();
    loop {
        let mut part = [0; 4_096];
        let read = stream.read(&mut part).await.unwrap();
        sent.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&sent).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if body.len() >= length.unwrap_or(0) {
            break;
        }
    }
    stream.write_all(answer.as_bytes()).await.unwrap();
    String::from_utf8(sent).unwrap()
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}", body.len())
}

fn door(address: &str, login: Login) -> Door {
    // Installed once per process; a second time is no harm.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let way = Some(Way::Url(Address::parse(address).unwrap()));
    let settings = Settings { way, login, ..Settings::default() };
    Door::open(&settings, std::sync::Arc::new(|_| Box::pin(async { Err("not by this way".into()) }))).unwrap()
}

fn now(query: &str) -> Question {
    Question { query: query.to_owned(), range: None, has_namespace: true }
}

/// Asks a server that gives this answer; what it got, and what is said of the answer.
async fn ask(login: Login, question: &Question, answer: String) -> (String, Result<usize, String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/prom/", listener.local_addr().unwrap());
    let server = tokio::spawn(served(listener, answer));
    let said = door(&address, login).ask(question).await;
    (server.await.unwrap(), said.map(|series| series.len()).map_err(|trouble| trouble.why.to_string()))
}

#[tokio::test]
async fn a_question_is_a_get_below_the_address() {
    let (sent, said) = ask(Login::None, &now("up{a=\"b\"}"), answer("200 OK", "", EMPTY)).await;
    assert_eq!((sent.lines().next(), said), (Some("GET /prom/api/v1/query?query=up%7Ba%3D%22b%22%7D HTTP/1.1"), Ok(0)));
    assert!(sent.contains("user-agent: rolldeck/") && !sent.contains("authorization"), "{sent}");
    let range =
        Range { from: Moment::from_secs(T), to: Moment::from_secs(T + 60), step: std::time::Duration::from_secs(15) };
    let question = Question { query: "up".to_owned(), range: Some(range), has_namespace: true };
    let (sent, _) = ask(Login::None, &question, answer("200 OK", "", EMPTY)).await;
    let first = "GET /prom/api/v1/query_range?query=up&start=1000000&end=1000060&step=15 HTTP/1.1";
    assert_eq!(sent.lines().next(), Some(first));
}

#[tokio::test]
async fn a_long_question_is_a_post() {
    let (sent, said) = ask(Login::None, &now(&"x".repeat(3_000)), answer("200 OK", "", EMPTY)).await;
    assert_eq!((sent.lines().next(), said), (Some("POST /prom/api/v1/query HTTP/1.1"), Ok(0)));
    assert!(sent.ends_with(&format!("query={}", "x".repeat(3_000))));
}

#[tokio::test]
async fn credentials_are_read_anew_and_said_to_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join("secret");
    let header = |sent: &str| sent.lines().find_map(|line| line.strip_prefix("authorization: ").map(str::to_owned));
    let bearer = || Login::Bearer { file: file.clone() };
    for token in ["first", "second"] {
        fs::write(&file, format!("{token}\n")).unwrap();
        let (sent, _) = ask(bearer(), &now("up"), answer("200 OK", "", EMPTY)).await;
        assert_eq!(header(&sent), Some(format!("Bearer {token}")));
    }
    let basic = Login::Basic { user: "alice".to_owned(), password_file: file.clone() };
    let (sent, _) = ask(basic, &now("up"), answer("200 OK", "", EMPTY)).await;
    assert_eq!(header(&sent).as_deref(), Some("Basic YWxpY2U6c2Vjb25k"));
    let (_, said) = ask(bearer(), &now("up"), answer("401 Unauthorized", "", "no: second")).await;
    assert_eq!(said, Err("it wants to know who asks (401): check user and password_file, or bearer_file".to_owned()));
    fs::write(&file, "a\nb").unwrap();
    let said = door("http://127.0.0.1:1", bearer()).ask(&now("up")).await.unwrap_err();
    assert_eq!(said.why, "the credentials hold characters that HTTP does not take");
    fs::remove_file(&file).unwrap();
    let said = door("http://127.0.0.1:1", bearer()).ask(&now("up")).await.unwrap_err();
    assert_eq!(said.why, format!("{} cannot be read: No such file or directory (os error 2)", file.display()).as_str());
}

#[tokio::test]
async fn what_is_no_answer_is_told_apart() {
    let bad = r#"{"status":"error","errorType":"bad_data","error":"1:3: parse error: unexpected end of input"}"#;
    for (status, headers, body, says) in [
        ("400 Bad Request", "", bad, "bad_data: 1:3: parse error: unexpected end of input"),
        (
            "404 Not Found",
            "",
            "404 page not found",
            "there is no Prometheus at this address (404): a prefix may be missing",
        ),
        ("403 Forbidden", "", "", "it refuses who asks (403)"),
        ("429 Too Many Requests", "", "", "it is asked too often (429)"),
        ("200 OK", "", "<html>Please log in</html>", "this is no Prometheus: check the address"),
        ("200 OK", "", "{}", "this is no Prometheus: check the address"),
        (
            "302 Found",
            "location: https://login.example.com/\r\n",
            "",
            "it redirects to https://login.example.com/: name the address that answers",
        ),
    ] {
        let (_, said) = ask(Login::None, &now("up"), answer(status, headers, body)).await;
        assert_eq!(said, Err(says.to_owned()), "{status}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let said = door(&address, Login::None).ask(&now("up")).await.unwrap_err();
    assert_eq!((said.why.as_str(), said.whole), ("connection refused: nothing listens there", true));
    let (_, said) = ask(Login::None, &now("up"), String::new()).await;
    assert!(said.is_err(), "{said:?}");
}
