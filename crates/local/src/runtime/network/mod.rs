//! The network that containers run in: a namespace of its own for each, or, where this machine makes none, this
//! machine's network with a check of where they listen.

mod address;
mod contain;
mod descriptors;
mod namespace;
mod outward;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use tokio::net::TcpListener;

pub use address::Address;
pub use contain::contain;
pub use namespace::{ContainerConnections, Namespace, Namespaces, Sockets};
pub use outward::Rules;

/// The port that Cloud Run has a container listen on that does not say.
const PORT: u16 = 8080;

/// The network that containers run in.
#[derive(Debug)]
pub enum Network {
    /// A namespace of its own for each container: only the local cloud calls it, and it reaches the local cloud, the
    /// outside by a proxy, and what of this machine the person named.
    Own(Namespaces),
    /// This machine's; a container that listens beyond loopback is ended.
    Checked { because: String },
    /// This machine's, unchecked: the person has said so.
    Open,
}

impl Network {
    /// The network of containers on this machine. `helper` is a program that calls [`contain`].
    pub async fn find(
        open: bool,
        helper: Option<&Path>,
        rules: Rules,
        server: ContainerConnections,
    ) -> Network {
        match helper {
            _ if open => Network::Open,
            None => Network::Checked { because: "no helper for network namespaces is set".to_owned() },
            Some(helper) => match Namespaces::find(helper, rules, server).await {
                Ok(namespaces) => Network::Own(namespaces),
                Err(because) => Network::Checked { because },
            },
        }
    }

    /// A port for a container to listen on: in a namespace of its own the one that it declares.
    pub async fn port(&self, declared: Option<u64>) -> std::io::Result<u16> {
        match self {
            Network::Own(namespaces) => {
                let declared = declared.and_then(|it| u16::try_from(it).ok()).unwrap_or(PORT);
                let mut all = [declared].into_iter().chain(PORT..u16::MAX);
                Ok(all.find(|it| !namespaces.uses_port(*it)).unwrap_or(PORT))
            }
            // One that nobody listens on just now.
            Network::Checked { .. } | Network::Open => {
                Ok(TcpListener::bind(("127.0.0.1", 0)).await?.local_addr()?.port())
            }
        }
    }

    /// The variables that lead a container's clients to the outside.
    pub fn variables(&self) -> BTreeMap<String, String> {
        let Network::Own(namespaces) = self else { return BTreeMap::new() };
        let proxy = format!("http://{}", namespaces.proxy);
        let inside = "localhost,127.0.0.1,::1,.localhost";
        [("HTTP_PROXY", proxy.as_str()), ("HTTPS_PROXY", &proxy), ("NO_PROXY", inside)]
            .into_iter()
            // Some programs read the one spelling, some the other.
            .flat_map(|(name, value)| {
                [name.to_owned(), name.to_ascii_lowercase()].map(|it| (it, value.to_owned()))
            })
            .collect()
    }

    /// Whether what a container listens on is to be checked.
    pub fn is_checked(&self) -> bool {
        matches!(self, Network::Checked { .. })
    }
}

/// Says in which network containers run, and why.
impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Network::Own(_) => f.write_str("own network"),
            Network::Checked { because } => {
                write!(f, "this machine's network, checked, because {because}")
            }
            Network::Open => f.write_str("this machine's network, not checked, because of --open-containers"),
        }
    }
}
