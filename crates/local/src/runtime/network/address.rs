//! Where a container is called.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpStream;

use super::namespace::Sockets;

/// Where a container listens.
#[derive(Clone, Debug)]
pub enum Address {
    /// On this machine's loopback interface.
    Machine { port: u16 },
    /// On the loopback interface of its own network namespace, which only sockets made inside reach.
    Namespace { port: u16, sockets: Arc<Sockets> },
}

impl Address {
    pub fn port(&self) -> u16 {
        match self {
            Address::Machine { port } | Address::Namespace { port, .. } => *port,
        }
    }

    /// Whether it can be called at all, whatever listens there.
    pub fn is_reachable(&self) -> bool {
        match self {
            Address::Machine { .. } => true,
            Address::Namespace { sockets, .. } => sockets.are_made(),
        }
    }

    /// A connection to it.
    ///
    /// # Errors
    ///
    /// If nothing listens there.
    pub async fn connect(&self) -> io::Result<TcpStream> {
        let there = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port()));
        let stream = match self {
            Address::Machine { .. } => TcpStream::connect(there).await?,
            Address::Namespace { sockets, .. } => sockets.take().await?.connect(there).await?,
        };
        // Small requests go out at once; without this each waits for the container's acknowledgement.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }
}
