//! Comments, issues and releases at a server that answers as GitHub's description of its API says.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use ci::{Asset, ForgeError, GitHub, IssueState, Posted, Release, keep_comment};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// The answer to one request: status, headers, body.
type Canned = (u16, &'static str, Value);

/// Answers each route's requests in turn, the last answer again and again; keeps what was asked.
struct Server {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn new(routes: Vec<(&'static str, Vec<Canned>)>) -> Server {
        Server::with(|_| routes).await
    }

    /// With routes whose answers name the server's own address.
    async fn with(routes: impl FnOnce(&str) -> Vec<(&'static str, Vec<Canned>)>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = routes(&url);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let mut routes: Vec<(String, VecDeque<Canned>)> =
            routes.into_iter().map(|(route, answers)| (route.to_owned(), answers.into())).collect();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (line, body) = read(&mut stream).await;
                log.lock().unwrap().push(format!("{line} {body}").trim().to_owned());
                let route = routes.iter_mut().find(|(route, _)| line == *route);
                let (status, headers, body) = match route {
                    Some((_, answers)) if answers.len() > 1 => answers.pop_front().unwrap(),
                    Some((_, answers)) => answers[0].clone(),
                    None => (404, "", json!({ "message": "Not Found", "status": "404" })),
                };
                // 204 has none.
                let body = if body.is_null() { String::new() } else { body.to_string() };
                let answer = format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\n{headers}content-length: \
                     {}\r\n\r\n{body}",
                    body.len()
                );
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Server { url, asked }
    }

    fn github(&self) -> GitHub {
        let url = self.url.clone();
        let env = move |name: &str| match name {
            "GITHUB_API_URL" => Some(url.clone()),
            "GITHUB_REPOSITORY" => Some("o/r".to_owned()),
            "GITHUB_TOKEN" => Some("t".to_owned()),
            _ => None,
        };
        GitHub::from_env(&env, None).unwrap()
    }

    /// The requests that change something.
    fn changes(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().filter(|it| !it.starts_with("GET")).cloned().collect()
    }
}

async fn read(stream: &mut tokio::net::TcpStream) -> (String, String) {
    let (mut text, mut piece) = (Vec::new(), [0; 65_536]);
    loop {
        let count = stream.read(&mut piece).await.unwrap();
        text.extend_from_slice(&piece[..count]);
        let so_far = String::from_utf8_lossy(&text);
        let Some((head, body)) = so_far.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|it| it.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            let line = head.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
            return (line, body.to_owned());
        }
    }
}

const PULL: &str = "GET /repos/o/r/pulls/3";
const USER: &str = "GET /user";
const LIST: &str = "GET /repos/o/r/issues/3/comments?per_page=100&page=1";
const LIST_2: &str = "GET /repos/o/r/issues/3/comments?per_page=100&page=2";
const POST: &str = "POST /repos/o/r/issues/3/comments";
const MARK: &str = "<!-- stack ci: events/dev -->";

fn ok(body: Value) -> Vec<Canned> {
    vec![(200, "", body)]
}

/// A job's token has no user.
fn job() -> (&'static str, Vec<Canned>) {
    (USER, vec![(403, "", json!({ "message": "Resource not accessible by integration" }))])
}

fn comment(id: u64, login: &str, kind: &str, body: &str) -> Value {
    let url = format!("https://github.com/o/r/pull/3#issuecomment-{id}");
    json!({ "id": id, "body": body, "html_url": url, "user": { "login": login, "type": kind } })
}

fn own(id: u64, body: &str) -> Value {
    comment(id, "github-actions[bot]", "Bot", body)
}

#[tokio::test]
async fn an_own_comment_is_edited_and_a_strangers_is_not() {
    let there = json!([
        comment(1, "stranger", "User", &format!("{MARK}\nmine")),
        own(2, "<!-- stack ci: events/prod -->\nanother stack"),
        own(3, &format!("{MARK}\nold")),
    ]);
    let server = Server::new(vec![
        (PULL, ok(json!({ "number": 3 }))),
        job(),
        (LIST, ok(there)),
        ("PATCH /repos/o/r/issues/comments/3", ok(own(3, "new"))),
    ])
    .await;
    let posted = keep_comment(&server.github(), 3, MARK, &format!("{MARK}\nnew")).await.unwrap();
    assert_eq!(posted, Posted::Updated("https://github.com/o/r/pull/3#issuecomment-3".to_owned()));
    let body = json!({ "body": format!("{MARK}\nnew") });
    assert_eq!(server.changes(), [format!("PATCH /repos/o/r/issues/comments/3 {body}")]);
}

#[tokio::test]
async fn the_comment_is_found_on_a_later_page() {
    let many: Vec<Value> = (10..110).map(|id| comment(id, "someone", "User", "hello")).collect();
    let server = Server::new(vec![
        (PULL, ok(json!({}))),
        job(),
        (LIST, ok(json!(many))),
        (LIST_2, ok(json!([own(3, &format!("{MARK}\nsame"))]))),
    ])
    .await;
    let posted = keep_comment(&server.github(), 3, MARK, &format!("{MARK}\nsame")).await.unwrap();
    assert!(matches!(posted, Posted::Unchanged(_)), "{posted:?}");
    assert!(server.changes().is_empty());
}

#[tokio::test]
async fn an_unknown_pull_request_is_named() {
    let server = Server::new(vec![]).await;
    let error = keep_comment(&server.github(), 3, MARK, MARK).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no pull request 3 in o/r");
    assert!(server.changes().is_empty());
}

#[tokio::test]
async fn a_fork_is_told_that_its_token_may_not_write() {
    let denied = json!({ "message": "Resource not accessible by integration", "status": "403" });
    let server = Server::new(vec![
        (PULL, ok(json!({}))),
        job(),
        (LIST, ok(json!([]))),
        (POST, vec![(403, "", denied)]),
    ])
    .await;
    let error = keep_comment(&server.github(), 3, MARK, MARK).await.unwrap_err();
    assert_eq!(error.to_string(), "the token of this job may not post a comment");
    assert!(error.hint().unwrap().contains("a pull request from a fork has no token that may write"));
}

#[tokio::test]
async fn a_limit_is_waited_for_and_one_that_lasts_is_said() {
    let limited =
        |headers: &'static str| vec![(403, headers, json!({ "message": "API rate limit exceeded" }))];
    let soon = [limited("retry-after: 1\r\n"), vec![(201, "", own(9, "new"))]].concat();
    let routes = |post| vec![(PULL, ok(json!({}))), job(), (LIST, ok(json!([]))), (POST, post)];
    let server = Server::new(routes(soon)).await;
    let posted = keep_comment(&server.github(), 3, MARK, MARK).await.unwrap();
    assert!(matches!(posted, Posted::Created(_)), "{posted:?}");
    assert_eq!(server.changes().len(), 2);

    let server = Server::new(routes(limited("retry-after: 3600\r\n"))).await;
    let error = keep_comment(&server.github(), 3, MARK, MARK).await.unwrap_err();
    let ForgeError::Api { source, .. } = &error else { panic!("{error:?}") };
    assert_eq!(source.to_string(), "the rate limit is used up, and a further request may be sent in 3600 s");
    assert_eq!(error.hint().unwrap(), "run this again later; nothing was posted");
}

#[tokio::test]
async fn a_comment_deleted_meanwhile_is_said() {
    let there = json!([own(3, &format!("{MARK}\nold"))]);
    let server = Server::new(vec![(PULL, ok(json!({}))), job(), (LIST, ok(there))]).await;
    let error = keep_comment(&server.github(), 3, MARK, &format!("{MARK}\nnew")).await.unwrap_err();
    assert_eq!(error.to_string(), "the comment was deleted while it was being changed");
}

const OPEN: &str =
    "GET /repos/o/r/issues?state=open&labels=drift&sort=created&direction=asc&per_page=100&page=1";

#[tokio::test]
async fn an_issue_is_opened_updated_and_closed() {
    let issue = json!({ "number": 5, "title": "T", "body": format!("{MARK}\nold"), "html_url": "u5" });
    let wanted = format!("{MARK}\nnew");
    let server = Server::new(vec![
        (OPEN, ok(json!([]))),
        ("POST /repos/o/r/issues", vec![(201, "", json!({ "html_url": "u4" }))]),
    ])
    .await;
    let state = server.github().keep_issue(MARK, "drift", Some(("T", &wanted)), "gone").await.unwrap();
    assert_eq!(state, IssueState::Opened("u4".to_owned()));
    assert_eq!(server.github().keep_issue(MARK, "drift", None, "gone").await.unwrap(), IssueState::None);

    let server = Server::new(vec![
        (OPEN, ok(json!([issue]))),
        ("PATCH /repos/o/r/issues/5", ok(json!({ "html_url": "u5" }))),
        ("POST /repos/o/r/issues/5/comments", vec![(201, "", json!({}))]),
    ])
    .await;
    let github = server.github();
    let state = github.keep_issue(MARK, "drift", Some(("T", &wanted)), "gone").await.unwrap();
    assert_eq!(state, IssueState::Updated("u5".to_owned()));
    let same = format!("{MARK}\nold\n");
    let state = github.keep_issue(MARK, "drift", Some(("T", &same)), "gone").await.unwrap();
    assert_eq!(state, IssueState::Unchanged("u5".to_owned()));
    let state = github.keep_issue(MARK, "drift", None, "gone").await.unwrap();
    assert_eq!(state, IssueState::Closed("u5".to_owned()));
    let close = json!({ "state": "closed", "state_reason": "completed" });
    let comment = json!({ "body": "gone" });
    let last = [
        format!("PATCH /repos/o/r/issues/5 {close}"),
        format!("POST /repos/o/r/issues/5/comments {comment}"),
    ];
    assert!(server.changes().ends_with(&last), "{:?}", server.changes());
}

const BY_TAG: &str = "GET /repos/o/r/releases/tags/v1.2.3";
const RELEASES: &str = "GET /repos/o/r/releases?per_page=100&page=1";
const RELEASE: &str = "POST /repos/o/r/releases";
const FILE: &str = "POST /upload/7/assets?name=a.tar.gz";
const SHOW: &str = "PATCH /repos/o/r/releases/7";

fn asset() -> Vec<Asset> {
    vec![Asset { name: "a.tar.gz".to_owned(), bytes: b"packed".to_vec() }]
}

async fn release(server: &Server, assets: &[Asset]) -> Result<String, ForgeError> {
    let wanted = Release { tag: "v1.2.3", notes: "- news", assets };
    server.github().release(&wanted, &|_| {}).await
}

/// A server that makes release 7, whose files go to the server itself.
async fn releasing(drafts: Value, uploaded: Canned) -> Server {
    Server::with(|url| {
        let upload = format!("{url}/upload/7/assets{{?name,label}}");
        vec![
            (RELEASES, ok(drafts)),
            (RELEASE, vec![(201, "", json!({ "id": 7, "upload_url": upload, "html_url": "draft" }))]),
            (FILE, vec![uploaded]),
            (SHOW, ok(json!({ "id": 7, "html_url": "https://github.com/o/r/releases/tag/v1.2.3" }))),
            ("DELETE /repos/o/r/releases/6", vec![(204, "", Value::Null)]),
        ]
    })
    .await
}

fn uploaded() -> Canned {
    (201, "", json!({ "state": "uploaded", "size": 6, "name": "a.tar.gz" }))
}

#[tokio::test]
async fn a_release_is_filled_before_it_is_shown() {
    let server = releasing(json!([]), uploaded()).await;
    let url = release(&server, &asset()).await.unwrap();
    assert_eq!(url, "https://github.com/o/r/releases/tag/v1.2.3");
    let draft = json!({ "tag_name": "v1.2.3", "name": "v1.2.3", "draft": true,
        "body": "<!-- stack ci: release -->\n- news" });
    let shown = json!({ "draft": false, "prerelease": false, "body": "- news" });
    let expected = [format!("{RELEASE} {draft}"), format!("{FILE} packed"), format!("{SHOW} {shown}")];
    assert_eq!(server.changes(), expected);
}

#[tokio::test]
async fn a_release_that_exists_is_left_alone() {
    let there = json!({ "id": 5, "html_url": "https://github.com/o/r/releases/tag/v1.2.3" });
    let server = Server::new(vec![(BY_TAG, ok(there))]).await;
    let error = release(&server, &asset()).await.unwrap_err();
    let text = "release v1.2.3 exists already: https://github.com/o/r/releases/tag/v1.2.3";
    assert_eq!(error.to_string(), text);
    assert!(error.hint().unwrap().contains("raise the version"));
    assert!(server.changes().is_empty());
}

#[tokio::test]
async fn a_draft_of_an_earlier_run_is_replaced_and_a_persons_is_not() {
    let draft = |body: &str| {
        json!([
            { "id": 4, "tag_name": "v1.2.2", "draft": true, "body": "another", "html_url": "u4" },
            { "id": 6, "tag_name": "v1.2.3", "draft": true, "body": body, "html_url": "u6" },
        ])
    };
    let server = releasing(draft("<!-- stack ci: release -->\n- news"), uploaded()).await;
    release(&server, &asset()).await.unwrap();
    assert_eq!(server.changes()[0], "DELETE /repos/o/r/releases/6");
    assert_eq!(server.changes().len(), 4);

    let server = releasing(draft("mine"), uploaded()).await;
    let error = release(&server, &asset()).await.unwrap_err();
    assert_eq!(error.to_string(), "there is a draft of release v1.2.3 that this command did not make: u6");
    assert!(server.changes().is_empty());
}

#[tokio::test]
async fn what_is_not_whole_is_not_shown() {
    let broken = (502, "", json!({ "message": "Bad Gateway" }));
    let short = (201, "", json!({ "state": "uploaded", "size": 5 }));
    let open = (201, "", json!({ "state": "open", "size": 6 }));
    for answer in [broken, short, open] {
        let server = releasing(json!([]), answer).await;
        let error = release(&server, &asset()).await.unwrap_err();
        assert_eq!(error.to_string(), "cannot upload a file");
        assert_eq!(server.changes().len(), 2, "{:?}", server.changes());
    }
    let server = releasing(json!([]), uploaded()).await;
    let odd = Asset { name: "a b".to_owned(), bytes: Vec::new() };
    let error = release(&server, &[odd]).await.unwrap_err();
    assert!(error.to_string().starts_with("a file's name is \"a b\""), "{error}");
}

#[tokio::test]
async fn a_token_that_may_not_release_is_named() {
    let denied = (403, "", json!({ "message": "Resource not accessible by integration" }));
    let server = Server::new(vec![(RELEASES, ok(json!([]))), (RELEASE, vec![denied])]).await;
    let error = release(&server, &asset()).await.unwrap_err();
    assert_eq!(error.to_string(), "the token of this job may not make a release");
    assert!(error.hint().unwrap().contains("contents: write"));
}
