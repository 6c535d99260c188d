//! The forward proxy by which a container in a network namespace of its own reaches the outside.
//!
//! It speaks CONNECT, and plain HTTP with the whole URL, as clients do that heed `HTTP_PROXY` and `HTTPS_PROXY`. It does
//! not lead to this machine's loopback interface, where the person's own programs listen, unless the person said so.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::uri::Scheme;
use http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::super::headers::without_hops;
use super::super::locked;
use crate::bounds;
use crate::payload::{self, Payload};

/// How long finding and connecting to a server may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a proxy leads to.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Where the local cloud listens.
    pub cloud: SocketAddr,
    /// Addresses that are allowed by name.
    pub reach: Vec<SocketAddr>,
}

impl Rules {
    fn allow(&self, address: SocketAddr) -> bool {
        let address = SocketAddr::new(address.ip().to_canonical(), address.port());
        address == self.cloud || self.reach.contains(&address) || !is_of_this_machine_only(address.ip())
    }
}

/// Whether an address leads to other programs of this machine, or to what serves this machine alone: at the link-local
/// address of its metadata server a machine of Google hands out its own credentials.
fn is_of_this_machine_only(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            ip.is_loopback()
                || ip.octets()[0] == 0
                || ip.is_link_local()
                || ip.is_multicast()
                || ip.is_broadcast()
        }
        IpAddr::V6(ip) => {
            ip.is_loopback() || ip.is_unspecified() || ip.is_unicast_link_local() || ip.is_multicast()
        }
    }
}

/// Why a request is not carried on.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("This is a forward proxy, which wants CONNECT or a whole http:// URL.")]
    NoTarget,
    #[error(
        "{0} is an address of the machine that the local cloud runs on. Containers reach it if the local cloud is started \
         with --containers-reach ADDRESS:PORT."
    )]
    Forbidden(String),
    #[error("{0} cannot be found: {1}.")]
    Unknown(String, std::io::Error),
    #[error("{0} does not answer: {1}.")]
    Unreachable(String, String),
}

impl Refused {
    fn response(&self) -> Response<Payload> {
        let mut response = Response::new(payload::full(format!("{self}\n")));
        *response.status_mut() = match self {
            Refused::NoTarget => StatusCode::BAD_REQUEST,
            Refused::Forbidden(_) => StatusCode::FORBIDDEN,
            Refused::Unknown(..) | Refused::Unreachable(..) => StatusCode::BAD_GATEWAY,
        };
        response
    }
}

/// A tunnel that a CONNECT has asked for, begun when its answer has been sent.
type Tunnel = Arc<Mutex<Option<(OnUpgrade, TcpStream)>>>;

/// Serves one connection of a container until it ends.
pub async fn serve(stream: TcpStream, rules: Arc<Rules>) {
    let tunnel = Tunnel::default();
    let service = service_fn(|request| {
        let (rules, tunnel) = (Arc::clone(&rules), Arc::clone(&tunnel));
        async move {
            let answered = match *request.method() == Method::CONNECT {
                true => connect(request, &rules, &tunnel).await,
                false => forward(request, &rules).await,
            };
            Ok::<_, Infallible>(answered.unwrap_or_else(|it| it.response()))
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds::HEAD)
        .max_buf_size(bounds::HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    // How either side ends its connection is its own affair.
    let _ = connection.with_upgrades().await;
    let opened = locked(&tunnel).take();
    if let Some((container, mut server)) = opened
        && let Ok(container) = container.await
    {
        let _ = tokio::io::copy_bidirectional(&mut TokioIo::new(container), &mut server).await;
    }
}

async fn connect(
    mut request: Request<Incoming>,
    rules: &Rules,
    tunnel: &Tunnel,
) -> Result<Response<Payload>, Refused> {
    let port = request.uri().port_u16().ok_or(Refused::NoTarget)?;
    let server = dial(request.uri(), port, rules).await?;
    *locked(tunnel) = Some((hyper::upgrade::on(&mut request), server));
    Ok(Response::new(payload::full("")))
}

async fn forward(mut request: Request<Incoming>, rules: &Rules) -> Result<Response<Payload>, Refused> {
    if request.uri().scheme() != Some(&Scheme::HTTP) {
        return Err(Refused::NoTarget);
    }
    let server = dial(request.uri(), request.uri().port_u16().unwrap_or(80), rules).await?;
    let target = request.uri().authority().map(ToString::to_string).unwrap_or_default();
    let path = request.uri().path_and_query().map_or("/", |it| it.as_str());
    *request.uri_mut() = path.parse().map_err(|_| Refused::NoTarget)?;
    without_hops(request.headers_mut());
    request.headers_mut().remove("proxy-connection");
    let failed = |it: hyper::Error| Refused::Unreachable(target.clone(), it.to_string());
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(server)).await.map_err(failed)?;
    // How it ends is told by the answer's body.
    tokio::spawn(async move { drop(connection.await) });
    let mut response = sender.send_request(request).await.map_err(failed)?;
    without_hops(response.headers_mut());
    Ok(response.map(|it| it.map_err(Into::into).boxed_unsync()))
}

/// A connection to the server of a URL, if it may be reached. Names are looked up here, and the addresses that they
/// really have are judged.
async fn dial(uri: &Uri, port: u16, rules: &Rules) -> Result<TcpStream, Refused> {
    let host = uri.host().ok_or(Refused::NoTarget)?;
    let host = host.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(host);
    let target = format!("{host}:{port}");
    let too_slow = || std::io::Error::from(std::io::ErrorKind::TimedOut);
    let found = timeout(PATIENCE, tokio::net::lookup_host((host, port))).await;
    let found = found.unwrap_or_else(|_| Err(too_slow()));
    let found: Vec<SocketAddr> = match found {
        Ok(found) => found.collect(),
        Err(error) => return Err(Refused::Unknown(target, error)),
    };
    let mut refused = Refused::Forbidden(target.clone());
    for address in found.into_iter().filter(|it| rules.allow(*it)) {
        let connected = timeout(PATIENCE, TcpStream::connect(address)).await;
        match connected.unwrap_or_else(|_| Err(too_slow())) {
            Ok(stream) => {
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => refused = Refused::Unreachable(target.clone(), error.to_string()),
        }
    }
    Err(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_proxy_leads_to() {
        let parse = |it: &str| it.parse::<SocketAddr>().unwrap();
        let rules = Rules { cloud: parse("127.0.0.1:8085"), reach: vec![parse("127.0.0.1:5432")] };
        for (address, allowed) in [
            ("203.0.113.7:443", true),
            ("10.0.0.1:80", true),
            ("[2001:db8::1]:443", true),
            ("127.0.0.1:8085", true),
            ("127.0.0.1:5432", true),
            ("[::ffff:127.0.0.1]:5432", true),
            ("127.0.0.1:5433", false),
            ("127.9.9.9:8085", false),
            ("[::1]:8085", false),
            ("[::ffff:127.0.0.1]:22", false),
            ("0.0.0.0:22", false),
            ("[::]:22", false),
            ("169.254.169.254:80", false),
            ("[fe80::1]:80", false),
        ] {
            assert_eq!(rules.allow(parse(address)), allowed, "{address}");
        }
    }
}
