//! Containers with networks of their own: who reaches them, and what they reach.

#![allow(clippy::unwrap_used, reason = "what helps tests is a test too")]

mod client;
mod container;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::time::{Duration, Instant};

use client::send;
use container::{HOST, RUN, call, cloud, done, get, has_own_network, push, repository, service, with};
use local::Running;
use serde_json::{Value, json};

const NAME: &str = "p-1/images/app";

/// Not a test: what the containers of these tests execute. Elsewhere it does nothing.
#[test]
fn serves() {
    container::serve();
}

/// A service of variables and, if one is given, a declared port.
fn declared(variables: &[(&str, &str)], port: Option<u16>) -> Value {
    let env: Vec<Value> =
        variables.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let mut body = service(&format!("{HOST}/{NAME}:v1"), &env);
    if let Some(port) = port {
        body["template"]["containers"][0]["ports"] = json!([{"containerPort": port}]);
    }
    body
}

/// Deploys a service to a cloud that has its image, and tells how that ended.
async fn deploy(cloud: &Running, body: Value) -> Value {
    repository(cloud, "p-1", "images").await;
    push(cloud, NAME, "v1", "one").await;
    done(cloud, &send(cloud, "POST", &format!("{RUN}/services?serviceId=svc"), body).await).await
}

async fn runs(cloud: &Running, body: Value) {
    let ended = deploy(cloud, body).await;
    assert_eq!(ended["error"], Value::Null, "{ended}");
}

/// What must hold of a container that listens for other machines where it shares this machine's network.
async fn is_refused(cloud: &Running) {
    let ended = deploy(cloud, declared(&[("LISTEN", "0.0.0.0")], None)).await;
    let said = ended["error"]["message"].as_str().unwrap_or_default();
    assert!(said.contains("listens on 0.0.0.0:") && said.contains("--open-containers"), "{ended}");
    assert_eq!(get(cloud, "svc").await.0, 503);
}

/// A port that nobody listens on just now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A server of this machine that answers every request with the same word.
fn server(on: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind(on).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ =
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nmachine");
        }
    });
    address
}

/// An address of this machine that other machines reach it by.
fn address_beyond_loopback() -> Option<std::net::IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent: the system chooses the address that it would send from.
    socket.connect("203.0.113.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|it| !it.is_loopback())
}

#[tokio::test]
async fn one_that_listens_everywhere_is_reached_by_the_front_alone() {
    let cloud = cloud().await;
    if !has_own_network(&cloud) {
        return is_refused(&cloud).await;
    }
    let port = free_port();
    runs(&cloud, declared(&[("LISTEN", "0.0.0.0")], Some(port))).await;
    assert_eq!(
        get(&cloud, "svc/env?PORT").await,
        (200, port.to_string()),
        "it has the port that it declares"
    );
    assert_eq!(call(&cloud, "svc", &[]).await.status, 403, "the front lets in who may invoke it");
    let hex = format!(":{port:04X} ");
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = std::fs::read_to_string(table).unwrap_or_default();
        let listens = |it: &&str| it.contains(&hex) && it.contains(" 0A ");
        assert_eq!(text.lines().find(listens), None, "nobody listens at its port here");
    }
    let others = [Some(Ipv4Addr::LOCALHOST.into()), address_beyond_loopback()];
    for ip in others.into_iter().flatten() {
        let refused = TcpStream::connect(SocketAddr::new(ip, port)).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused, "{ip}");
    }
    cloud.stop().await;
}

#[tokio::test]
async fn it_reaches_the_local_cloud_and_what_was_named_and_nothing_else_of_this_machine() {
    let (named, other) = (server(([127, 0, 0, 1], 0).into()), server(([127, 0, 0, 1], 0).into()));
    let cloud = with(|it| it.containers_reach = vec![named]).await;
    if !has_own_network(&cloud) {
        return is_refused(&cloud).await;
    }
    runs(&cloud, declared(&[], None)).await;
    let storage = get(&cloud, "svc/env?STORAGE_EMULATOR_HOST").await.1;
    assert_eq!(storage, format!("http://{}", cloud.address), "under the same address as always");
    let says = |path: String| {
        let cloud = &cloud;
        async move { get(cloud, &format!("svc/{path}")).await.1 }
    };
    for way in ["direct", "proxied", "tunnelled"] {
        let said = says(format!("{way}?{}/healthz", cloud.address)).await;
        assert!(said.contains("200 OK") && said.contains("\"status\": \"ok\""), "{way}: {said}");
        let said = says(format!("{way}?{named}/")).await;
        assert!(said.ends_with("machine"), "{way}: {said}");
    }
    let said = says(format!("direct?{other}/")).await;
    assert!(said.starts_with("no connection"), "{said}");
    for way in ["proxied", "tunnelled"] {
        let localhost = format!("localhost:{}", other.port());
        for target in [other.to_string(), localhost] {
            let said = says(format!("{way}?{target}/")).await;
            assert!(said.contains("403 Forbidden") && said.contains("--containers-reach"), "{way}: {said}");
        }
    }
    let said = says(format!("proxied?127.0.0.1:{}/", free_port())).await;
    assert!(said.contains("403 Forbidden"), "what does not listen is refused alike: {said}");
    cloud.stop().await;
}

#[tokio::test]
async fn it_reaches_the_outside_by_the_proxy() {
    let cloud = cloud().await;
    if !has_own_network(&cloud) {
        return is_refused(&cloud).await;
    }
    runs(&cloud, declared(&[("https_proxy", "http://mine.example:1")], None)).await;
    let variable = |name: &'static str| {
        let cloud = &cloud;
        async move { get(cloud, &format!("svc/env?{name}")).await.1 }
    };
    assert!(variable("HTTP_PROXY").await.starts_with("http://127.0.0.1:"));
    assert_eq!(variable("http_proxy").await, variable("HTTP_PROXY").await);
    assert!(variable("NO_PROXY").await.contains("127.0.0.1"));
    // A container that declares its own proxy has it alone.
    assert_eq!(variable("https_proxy").await, "http://mine.example:1");
    assert_eq!(variable("HTTPS_PROXY").await, "unset");
    if let Some(ip) = address_beyond_loopback() {
        let outside = server(SocketAddr::new(ip, 0));
        let said = get(&cloud, &format!("svc/direct?{outside}/")).await.1;
        assert!(said.starts_with("no connection"), "{said}");
        for way in ["proxied", "tunnelled"] {
            let said = get(&cloud, &format!("svc/{way}?{outside}/")).await.1;
            assert!(said.ends_with("machine"), "{way}: {said}");
        }
    }
    let said = get(&cloud, "svc/tunnelled?nowhere.invalid:443/").await.1;
    assert!(
        said.contains("502 Bad Gateway") && said.contains("nowhere.invalid:443 cannot be found"),
        "{said}"
    );
    let said = get(&cloud, "svc/proxied?169.254.169.254/computeMetadata").await.1;
    assert!(said.contains("403 Forbidden"), "a machine's own credentials are no container's: {said}");
    cloud.stop().await;
}

#[tokio::test]
async fn an_address_of_the_machines_network_is_reached_if_it_is_named() {
    let Some(ip) = address_beyond_loopback() else { return };
    let named = server(SocketAddr::new(ip, 0));
    let cloud = with(|it| it.containers_reach = vec![named]).await;
    if !has_own_network(&cloud) {
        return is_refused(&cloud).await;
    }
    runs(&cloud, declared(&[], None)).await;
    let said = get(&cloud, &format!("svc/direct?{named}/")).await.1;
    assert!(said.ends_with("machine"), "{said}");
}

#[tokio::test]
async fn curl_in_a_job_heeds_what_it_is_told() {
    let cloud = cloud().await;
    let Some(ip) = address_beyond_loopback().filter(|_| has_own_network(&cloud)) else { return };
    if std::process::Command::new("curl").arg("--version").output().is_err() {
        return;
    }
    let (inside, outside) = (server(([127, 0, 0, 1], 0).into()), server(SocketAddr::new(ip, 0)));
    repository(&cloud, "p-1", "images").await;
    push(&cloud, NAME, "v1", "one").await;
    let script = format!(
        "curl -s $STORAGE_EMULATOR_HOST/healthz; curl -s http://{outside}/; echo; curl -sp http://{outside}/ -x $HTTP_PROXY; \
         echo; curl -s http://{inside}/ || echo exit $?; curl -s --noproxy '' http://{inside}/"
    );
    let container = json!({
        "image": format!("{HOST}/{NAME}:v1"), "command": ["/bin/sh", "-c"], "args": [script],
    });
    let body = json!({"template": {"template": {"maxRetries": 0, "containers": [container]}}});
    done(&cloud, &send(&cloud, "POST", &format!("{RUN}/jobs?jobId=job"), body).await).await;
    let ended = done(&cloud, &send(&cloud, "POST", &format!("{RUN}/jobs/job:run"), json!({})).await).await;
    let logs =
        client::raw(&cloud, "GET", "http://127.0.0.1/_local/logs?service=job", &[], b"").await.unwrap();
    let logs = String::from_utf8(logs.body).unwrap();
    assert_eq!(ended["error"], Value::Null, "{ended} {logs}");
    assert!(logs.contains("\"status\": \"ok\"") && logs.contains("--containers-reach"), "{logs}");
    assert_eq!(logs.matches("stdout machine").count(), 2, "the outside, plainly and by CONNECT: {logs}");
    assert!(logs.contains("stdout exit 7"), "this machine's loopback is not there: {logs}");
}

/// Deploys a service in a network of its own, or in the shared one.
async fn served(own: bool, body: Value) -> Running {
    let cloud = if own { cloud().await } else { client::cloud().await };
    runs(&cloud, body).await;
    cloud
}

/// Sends a request to the service, and leaves the connection open.
fn send_raw(cloud: &Running, path: &str, headers: &str) -> TcpStream {
    let mut stream = TcpStream::connect(cloud.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let path = format!("/_run/p-1/us-central1/svc/{path}");
    let head = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer owner\r\n", cloud.address);
    stream.write_all(format!("{head}{headers}\r\n").as_bytes()).unwrap();
    stream
}

/// Reads until a text has come.
fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let (mut said, mut chunk) = (Vec::new(), [0; 4096]);
    while !String::from_utf8_lossy(&said).contains(text) {
        let read = stream.read(&mut chunk).unwrap();
        assert!(read > 0, "{text} did not come: {}", String::from_utf8_lossy(&said));
        said.extend_from_slice(&chunk[..read]);
    }
    String::from_utf8(said).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_stream_and_protocols_are_switched_in_either_network() {
    for own in [true, false] {
        let cloud = served(own, declared(&[], None)).await;
        let mut streamed = send_raw(&cloud, "stream", "");
        read_until(&mut streamed, "first");
        assert_eq!(get(&cloud, "svc/release").await.0, 200);
        read_until(&mut streamed, "second");
        let mut upgraded = send_raw(&cloud, "upgrade", "Connection: upgrade\r\nUpgrade: echo\r\n");
        assert!(read_until(&mut upgraded, "\r\n\r\n").contains("101 Switching Protocols"));
        for word in ["one", "two"] {
            upgraded.write_all(word.as_bytes()).unwrap();
            read_until(&mut upgraded, word);
        }
        cloud.stop().await;
    }
}

#[tokio::test]
async fn http_2_is_spoken_in_either_network() {
    for own in [true, false] {
        let mut body = declared(&[("SPEAKS_H2C", "1")], Some(8080));
        body["template"]["containers"][0]["ports"][0]["name"] = json!("h2c");
        body["template"]["containers"][0]["startupProbe"] = json!({"tcpSocket": {}});
        let cloud = served(own, body).await;
        let url = format!("http://{}/_run/p-1/us-central1/svc", cloud.address);
        let owner = [("Authorization", "Bearer owner")];
        let sent = "x".repeat(300_000);
        let got = client::raw(&cloud, "POST", &url, &owner, sent.as_bytes()).await.unwrap();
        assert!(got.body == format!("HTTP/2.0 {sent}").as_bytes(), "{} bytes", got.body.len());
        cloud.stop().await;
    }
}

#[tokio::test]
async fn a_command_that_is_not_there_is_said_not_to_be() {
    let cloud = cloud().await;
    let mut body = declared(&[], None);
    body["template"]["containers"][0]["command"] = json!(["/nowhere"]);
    let ended = deploy(&cloud, body).await;
    let said = ended["error"]["message"].as_str().unwrap_or_default();
    assert!(said.contains("the command is not there"), "{ended}");
    let mut body = declared(&[], None);
    // A file that no system executes.
    body["template"]["containers"][0]["command"] = json!(["/app/start.sh"]);
    body["template"]["containers"][0]["workingDir"] = json!("/");
    let url = format!("{RUN}/services/svc");
    let ended = done(&cloud, &send(&cloud, "PATCH", &url, body).await).await;
    assert_eq!(ended["error"], Value::Null, "a script is: {ended}");
}

/// What a process has as its network.
#[cfg(target_os = "linux")]
fn network_of(process: &str) -> Option<std::path::PathBuf> {
    std::fs::read_link(format!("/proc/{process}/ns/net")).ok()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn nothing_is_left_of_a_network_when_its_container_has_ended() {
    let cloud = with(|it| it.idle = Duration::from_secs(60)).await;
    if !has_own_network(&cloud) {
        return is_refused(&cloud).await;
    }
    let inside = |network: &Path| {
        let all = std::fs::read_dir("/proc").unwrap().flatten();
        let ids = all.filter_map(|it| it.file_name().into_string().ok());
        ids.filter(|it| network_of(it).as_deref() == Some(network)).count()
    };
    let is_left = |network: &Path| {
        let begun = Instant::now();
        while inside(network) > 0 && begun.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(10));
        }
        inside(network)
    };
    runs(&cloud, declared(&[], None)).await;
    let first = network_of(&get(&cloud, "svc/process").await.1).unwrap();
    assert_ne!(Some(&first), network_of("self").as_ref());
    assert_eq!(inside(&first), 2, "the container, and what makes sockets for calls");
    assert_eq!(get(&cloud, "svc/crash").await.0, 503);
    assert_eq!(is_left(&first), 0);
    let process = get(&cloud, "svc/process").await.1;
    let network = network_of(&process).unwrap();
    let all =
        std::fs::read_dir("/proc").unwrap().flatten().filter_map(|it| it.file_name().into_string().ok());
    let mut others = all.filter(|it| *it != process && network_of(it).as_ref() == Some(&network));
    let killed = std::process::Command::new("kill").args(["-9", &others.next().unwrap()]).status().unwrap();
    assert!(killed.success());
    let begun = Instant::now();
    loop {
        let (status, now) = get(&cloud, "svc/process").await;
        if status == 200 && now != process {
            break;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "one that cannot be called any more is begun again"
        );
    }
    assert_eq!(is_left(&network), 0);
    let second = network_of(&get(&cloud, "svc/process").await.1).unwrap();
    cloud.stop().await;
    assert_eq!(is_left(&second), 0);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn where_no_network_can_be_made_the_check_stays() {
    let cloud = client::cloud().await;
    assert!(cloud.containers.contains("checked, because no helper"), "{}", cloud.containers);
    is_refused(&cloud).await;
    let cloud = client::with(|it| it.contain = Some("/bin/false".into())).await;
    let said = &cloud.containers;
    // Where the tools are lacking too, that is the reason.
    let reasons = ["it makes no network namespaces (", "it has no program"];
    assert!(reasons.iter().any(|it| said.contains(&format!("checked, because {it}"))), "{said}");
    is_refused(&cloud).await;
    let cloud = client::with(|it| {
        it.open_containers = true;
        it.contain = Some(env!("CARGO_BIN_EXE_contain").into());
    })
    .await;
    assert!(cloud.containers.contains("not checked"), "{}", cloud.containers);
    runs(&cloud, declared(&[("LISTEN", "0.0.0.0")], None)).await;
    assert_eq!(get(&cloud, "svc").await.0, 200);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn one_that_listens_openly_later_is_ended_where_the_network_is_shared() {
    let cloud = client::cloud().await;
    runs(&cloud, declared(&[], None)).await;
    let process = get(&cloud, "svc/process").await.1;
    assert_eq!(get(&cloud, "svc/listen-openly").await.0, 200);
    let begun = Instant::now();
    while std::fs::exists(format!("/proc/{process}")).unwrap() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{process} still runs");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let logs =
        client::raw(&cloud, "GET", "http://127.0.0.1/_local/logs?service=svc", &[], b"").await.unwrap();
    let logs = String::from_utf8(logs.body).unwrap();
    assert!(logs.contains("The container listens on 0.0.0.0:"), "{logs}");
}

/// Both networks begin containers and carry requests in bounded time. `CALLS=2000 cargo test -p local --test run_network
/// soon -- --nocapture` shows how long it takes.
#[tokio::test(flavor = "multi_thread")]
async fn containers_begin_soon_and_answer_soon() {
    let calls: usize = std::env::var("CALLS").ok().and_then(|it| it.parse().ok()).unwrap_or(200);
    for own in [false, true] {
        let begun = Instant::now();
        let cloud = if own { cloud().await } else { client::cloud().await };
        let start = begun.elapsed();
        runs(&cloud, declared(&[], None)).await;
        let mut starts = Vec::new();
        for _ in 0..5 {
            get(&cloud, "svc/crash").await;
            let begun = Instant::now();
            assert_eq!(get(&cloud, "svc").await.0, 200);
            starts.push(begun.elapsed());
        }
        starts.sort();
        let mut rates = Vec::new();
        for callers in [1, 16] {
            let begun = Instant::now();
            let tasks = (0..callers).map(|_| async {
                for _ in 0..calls / callers {
                    assert_eq!(get(&cloud, "svc").await.0, 200);
                }
            });
            futures_util::future::join_all(tasks).await;
            rates.push(calls as f64 / begun.elapsed().as_secs_f64());
        }
        let said = format!(
            "{}: local cloud {start:?}, container median {:?}, at most {:?}; requests/s by 1 and 16 callers {rates:.0?}\n",
            cloud.containers, starts[2], starts[4]
        );
        std::io::stderr().write_all(said.as_bytes()).unwrap();
        assert!(starts[2] < Duration::from_secs(5), "{said}");
        assert!(rates.iter().all(|it| *it > 10.0), "{said}");
        cloud.stop().await;
    }
}
