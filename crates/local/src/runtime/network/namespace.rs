//! Network namespaces of containers, seen from the local cloud: made, called into, and listened to.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixStream};
use tokio::process::Child;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use super::super::command::Command;
use super::super::locked;
use super::contain::{ARGUMENTS, CHANNEL, FAILED, LISTENER, Order, SOCKET};
use super::descriptors;
use super::outward::{self, Rules};

/// How long a namespace may take to be made.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many sockets wait to be used, so that a request need not wait for one to be made.
const READY: usize = 4;

/// How many connections a container may have through the proxy, or to one address of this machine.
const CONNECTIONS: usize = 256;

/// How long nothing is accepted after that failed.
const PAUSE: Duration = Duration::from_millis(50);

/// The ways to make a network namespace: as root, and as anybody else, within a user namespace.
const WAYS: [&[&str]; 2] = [&["--net"], &["--user", "--map-current-user", "--keep-caps", "--net"]];

/// Connections that containers open to the local cloud, for its server to serve.
pub type ContainerConnections = mpsc::Sender<(TcpStream, SocketAddr)>;

/// Where connections to an address inside a namespace go.
#[derive(Clone, Debug)]
enum Destination {
    Cloud(ContainerConnections),
    Proxy(Arc<Rules>),
    Machine(SocketAddr),
}

/// Makes network namespaces.
#[derive(Debug)]
pub struct Namespaces {
    helper: PathBuf,
    unshare: PathBuf,
    setsid: PathBuf,
    ip: PathBuf,
    way: &'static [&'static str],
    /// What is listened on inside.
    entries: Vec<(SocketAddr, Destination)>,
    /// The forward proxy inside.
    pub proxy: SocketAddr,
}

impl Namespaces {
    /// Finds out how this machine makes namespaces, by making one.
    ///
    /// # Errors
    ///
    /// Why it makes none.
    pub async fn find(
        helper: &Path,
        rules: Rules,
        server: ContainerConnections,
    ) -> Result<Namespaces, String> {
        if !rules.cloud.ip().is_loopback() {
            return Err(format!("the local cloud listens on {}, which is not loopback", rules.cloud));
        }
        let mut entries = vec![(rules.cloud, Destination::Cloud(server))];
        for address in &rules.reach {
            if entries.iter().all(|(it, _)| it != address) {
                entries.push((*address, Destination::Machine(*address)));
            }
        }
        // Squid's port, which people know, or one after it.
        let taken = |port: u16| entries.iter().any(|(it, _)| it.port() == port);
        let port = (3128..u16::MAX).find(|it| !taken(*it)).unwrap_or(u16::MAX);
        let proxy = SocketAddr::from(([127, 0, 0, 1], port));
        entries.push((proxy, Destination::Proxy(Arc::new(rules))));
        let mut namespaces = Namespaces {
            helper: helper.to_owned(),
            unshare: tool("unshare")?,
            setsid: tool("setsid")?,
            ip: tool("ip")?,
            way: WAYS[0],
            entries,
            proxy,
        };
        let mut whys = Vec::new();
        for way in WAYS {
            namespaces.way = way;
            match tokio::time::timeout(PATIENCE, namespaces.try_out()).await {
                Ok(Ok(())) => return Ok(namespaces),
                Ok(Err(error)) => whys.push(error.to_string()),
                Err(_) => whys.push("it was not made in time".to_owned()),
            }
        }
        whys.dedup();
        Err(format!("it makes no network namespaces ({})", whys.join("; ")))
    }

    /// Makes a namespace, and connects to something inside it from here.
    async fn try_out(&self) -> io::Result<()> {
        let nothing = Command {
            programs: Vec::new(),
            arguments: Vec::new(),
            folder: PathBuf::from("/"),
            environment: Default::default(),
        };
        let (mut child, mut channel) = self.begin(&nothing, true).await?;
        let made = match self.take_over(&mut channel, true).await {
            Ok(made) => made,
            Err(error) => return Err(helper_error(child, error).await),
        };
        if let Some(sockets) = &made.sockets {
            drop(sockets.take().await?.connect(self.proxy).await?);
        }
        // It ends by itself, for it has no command to execute.
        child.wait().await?;
        Ok(())
    }

    /// Whether something other than the container listens at a port inside.
    pub fn uses_port(&self, port: u16) -> bool {
        self.entries.iter().any(|(it, _)| it.port() == port)
    }

    /// Begins a command in a namespace of its own. `serves`: whether the local cloud will call it.
    ///
    /// # Errors
    ///
    /// If the namespace cannot be made, or the command cannot be executed.
    pub async fn spawn(&self, command: &Command, serves: bool) -> io::Result<(Child, Namespace)> {
        let spawned = async {
            let (child, mut channel) = self.begin(command, serves).await?;
            match self.executed(&mut channel, serves).await {
                Ok(namespace) => Ok((child, namespace)),
                Err(error) => Err(helper_error(child, error).await),
            }
        };
        let too_slow = || io::Error::new(io::ErrorKind::TimedOut, "its network was not made in time");
        tokio::time::timeout(PATIENCE, spawned).await.map_err(|_| too_slow())?
    }

    /// Begins the helper, and sends it its order.
    async fn begin(&self, command: &Command, serves: bool) -> io::Result<(Child, UnixStream)> {
        let (ours, theirs) = StdUnixStream::pair()?;
        let child = tokio::process::Command::new(&self.unshare)
            .args(self.way)
            .arg("--")
            .arg(&self.helper)
            .args(ARGUMENTS)
            .env_clear()
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own, so that all that it begins ends with it, and Ctrl-C ends only this cloud.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        ours.set_nonblocking(true)?;
        let mut ours = UnixStream::from_std(ours)?;
        let order = serde_json::to_vec(&Order {
            programs: command.programs.clone(),
            arguments: command.arguments.clone(),
            folder: command.folder.clone(),
            environment: command.environment.clone(),
            listen: self.entries.iter().map(|(it, _)| *it).collect(),
            serves,
            ip: self.ip.clone(),
            setsid: self.setsid.clone(),
        })?;
        let length = u32::try_from(order.len()).map_err(io::Error::other)?;
        let sent = async {
            ours.write_all(&length.to_be_bytes()).await?;
            ours.write_all(&order).await
        };
        match sent.await {
            Ok(()) => Ok((child, ours)),
            Err(error) => Err(helper_error(child, error).await),
        }
    }

    /// Takes over what the helper makes inside.
    async fn take_over(&self, channel: &mut UnixStream, serves: bool) -> io::Result<Namespace> {
        let mut made = Namespace { tasks: JoinSet::new(), sockets: None };
        for (_, destination) in &self.entries {
            let listener = std::net::TcpListener::from(next(channel, LISTENER).await?);
            listener.set_nonblocking(true)?;
            made.tasks.spawn(accept(TcpListener::from_std(listener)?, destination.clone()));
        }
        if serves {
            let channel = StdUnixStream::from(next(channel, CHANNEL).await?);
            channel.set_nonblocking(true)?;
            let mut channel = UnixStream::from_std(channel)?;
            channel.write_all(&[SOCKET; READY]).await?;
            made.sockets = Some(Arc::new(Sockets(Mutex::new(Some(Arc::new(channel))))));
        }
        Ok(made)
    }

    /// Takes over what the helper makes inside, and waits until it has become the container.
    async fn executed(&self, channel: &mut UnixStream, serves: bool) -> io::Result<Namespace> {
        let made = self.take_over(channel, serves).await?;
        // The channel is closed by the execution itself.
        match receive(channel).await? {
            None => Ok(made),
            Some((tag, _)) => Err(failure(channel, tag).await),
        }
    }
}

/// A tool of this machine.
fn tool(name: &str) -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Where administrators' tools are, which not everybody's PATH has.
    let further = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    let mut files = std::env::split_paths(&path).chain(further).map(|it| it.join(name));
    files.find(|it| it.is_absolute() && it.is_file()).ok_or_else(|| format!("it has no program `{name}`"))
}

async fn receive(channel: &UnixStream) -> io::Result<Option<(u8, Option<OwnedFd>)>> {
    channel.async_io(Interest::READABLE, || descriptors::receive(channel)).await
}

/// The next descriptor from the helper, which must be this.
async fn next(channel: &mut UnixStream, tag: u8) -> io::Result<OwnedFd> {
    match receive(channel).await? {
        Some((got, Some(descriptor))) if got == tag => Ok(descriptor),
        Some((got, _)) => Err(failure(channel, got).await),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// What the helper says that failed.
async fn failure(channel: &mut UnixStream, tag: u8) -> io::Error {
    if tag == FAILED {
        let mut said = String::new();
        return match channel.read_to_string(&mut said).await {
            Ok(_) => io::Error::other(said),
            Err(error) => error,
        };
    }
    io::Error::new(io::ErrorKind::InvalidData, "the helper of another version of this program was called")
}

/// Ends the helper; where it has ended without a word, its error is what `unshare` complains of.
async fn helper_error(mut child: Child, error: io::Error) -> io::Error {
    let silent = [io::ErrorKind::UnexpectedEof, io::ErrorKind::BrokenPipe, io::ErrorKind::ConnectionReset];
    if !silent.contains(&error.kind()) {
        // It is killed when it is dropped, if it has not ended.
        return error;
    }
    let mut said = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        // It has ended, or is about to.
        let _ = tokio::time::timeout(Duration::from_secs(1), stderr.read_to_string(&mut said)).await;
    }
    match said.lines().next() {
        Some(line) => io::Error::other(line.to_owned()),
        None => io::Error::other("the helper ended without a word"),
    }
}

/// A network namespace. When this is dropped nothing listens inside any more but the container.
#[derive(Debug)]
pub struct Namespace {
    tasks: JoinSet<()>,
    /// Sockets to call the container with, if it serves.
    pub sockets: Option<Arc<Sockets>>,
}

impl Drop for Namespace {
    fn drop(&mut self) {
        self.tasks.abort_all();
        if let Some(sockets) = &self.sockets {
            // The process that makes them ends with the channel, also where someone still holds the address.
            locked(&sockets.0).take();
        }
    }
}

/// Sockets that were made inside a namespace.
#[derive(Debug)]
pub struct Sockets(Mutex<Option<Arc<UnixStream>>>);

impl Sockets {
    /// One that is not connected yet.
    ///
    /// # Errors
    ///
    /// If the container has ended, or the process that makes its sockets was killed.
    pub async fn take(&self) -> io::Result<TcpSocket> {
        let gone = || io::Error::new(io::ErrorKind::NotConnected, "the container's network is gone");
        let channel = locked(&self.0).clone().ok_or_else(gone)?;
        let made = async {
            // Another is asked for first: whoever gives up waiting then leaves one more behind, and not one less.
            loop {
                channel.writable().await?;
                match channel.try_write(&[SOCKET]) {
                    Ok(_) => break,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error),
                }
            }
            receive(&channel).await
        };
        match made.await {
            Ok(Some((SOCKET, Some(socket)))) => {
                Ok(TcpSocket::from_std_stream(std::net::TcpStream::from(socket)))
            }
            Ok(_) | Err(_) => {
                locked(&self.0).take();
                Err(gone())
            }
        }
    }

    /// Whether there may be more.
    pub fn are_made(&self) -> bool {
        locked(&self.0).is_some()
    }
}

/// Accepts what a container opens to one address, until it is aborted.
async fn accept(listener: TcpListener, destination: Destination) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        // The semaphore is never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((mut stream, peer)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        match &destination {
            // It ends with the local cloud's server, which bounds its own connections.
            Destination::Cloud(server) => drop(server.send((stream, peer)).await),
            Destination::Proxy(rules) => {
                let rules = Arc::clone(rules);
                connections.spawn(async move {
                    outward::serve(stream, rules).await;
                    drop(place);
                });
            }
            Destination::Machine(address) => {
                let address = *address;
                connections.spawn(async move {
                    // Where nothing listens the container's connection ends at once.
                    if let Ok(mut machine) = TcpStream::connect(address).await {
                        let _ = machine.set_nodelay(true);
                        // How either side ends it is its own affair.
                        let _ = tokio::io::copy_bidirectional(&mut stream, &mut machine).await;
                    }
                    drop(place);
                });
            }
        }
        while connections.try_join_next().is_some() {}
    }
}
