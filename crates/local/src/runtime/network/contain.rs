//! The helper that runs inside a new network namespace: it sets the namespace up and then becomes the container.
//!
//! The local cloud begins `unshare --net PROGRAM local contain` with one end of a socket pair as standard input, and
//! sends an [`Order`] over it. The helper brings up the loopback interface, listens where the container is to find the
//! local cloud, hands these listeners to the local cloud, and executes the container's command. So the process that the
//! local cloud has begun is the container itself: signals, exit codes and its process group need no translation.
//!
//! A socket belongs to the namespace it was made in, whoever holds it. So the local cloud accepts the container's
//! connections itself, and calls the container with sockets that a second process makes inside (`PROGRAM local contain
//! sockets`) and sends over a channel of its own. That process lives as long as the local cloud holds this channel.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use rustix::net::{AddressFamily, SocketType};
use serde::{Deserialize, Serialize};

use super::descriptors;

/// The words by which the helper is called.
pub const ARGUMENTS: [&str; 2] = ["local", "contain"];

/// The further word for the process that makes sockets.
const MAKES_SOCKETS: &str = "sockets";

/// What the helper sends: a listener, in the order of [`Order::listen`].
pub const LISTENER: u8 = b'l';
/// The channel over which sockets are asked for.
pub const CHANNEL: u8 = b'c';
/// A socket that was asked for, not connected yet.
pub const SOCKET: u8 = b's';
/// Why it failed, as text that follows.
pub const FAILED: u8 = b'f';

/// What the helper is to do. It comes as JSON after its length in four bytes, most significant first.
#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    /// The files that may be the container's command, the likelier first. None: the namespace is only tried out.
    pub programs: Vec<PathBuf>,
    pub arguments: Vec<String>,
    pub folder: PathBuf,
    pub environment: BTreeMap<String, String>,
    /// Where to listen inside.
    pub listen: Vec<SocketAddr>,
    /// Whether the local cloud is going to call the container.
    pub serves: bool,
    /// The programs `ip` and `setsid`.
    pub ip: PathBuf,
    pub setsid: PathBuf,
}

/// Does the work of the helper if this process was begun as one, and returns its exit code; `None` if it was not.
///
/// The program that [`crate::Settings::contain`] names must call this before anything else. Where all goes well it does
/// not return: the process has become the container.
pub fn contain() -> Option<ExitCode> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let rest = arguments.strip_prefix(&ARGUMENTS.map(Into::into))?;
    let done = match rest {
        [] => begin(),
        [word] if word == MAKES_SOCKETS => make_sockets(),
        [..] => Err(io::Error::other("unknown arguments")),
    };
    Some(match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The local cloud, if there is one, was told over the channel already.
            let _ = writeln!(io::stderr(), "error: `local contain` is called by the local cloud: {error}");
            ExitCode::FAILURE
        }
    })
}

/// The socket that is standard input.
fn channel() -> io::Result<UnixStream> {
    let channel = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    channel.peer_addr()?;
    Ok(channel)
}

/// Becomes the container, or tells the local cloud why not.
fn begin() -> io::Result<()> {
    let mut channel = channel()?;
    let order = read(&mut channel)?;
    let error = match set_up(&channel, &order) {
        Ok(()) => execute(&order),
        Err(error) => error,
    };
    channel.write_all(&[FAILED])?;
    channel.write_all(error.to_string().as_bytes())
}

fn read(channel: &mut UnixStream) -> io::Result<Order> {
    let mut length = [0; 4];
    channel.read_exact(&mut length)?;
    let mut text = Vec::new();
    channel.take(u32::from_be_bytes(length).into()).read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}

/// Makes the namespace what a container finds it as.
fn set_up(channel: &UnixStream, order: &Order) -> io::Result<()> {
    let ip = |arguments: &[&str]| {
        let done = Command::new(&order.ip).args(arguments).env_clear().stdin(Stdio::null()).output()?;
        finished("ip", done.status, String::from_utf8_lossy(&done.stderr).trim())
    };
    ip(&["link", "set", "lo", "up"])?;
    let mut elsewhere: Vec<IpAddr> = order.listen.iter().map(SocketAddr::ip).collect();
    elsewhere.retain(|it| !it.is_loopback());
    elsewhere.sort();
    elsewhere.dedup();
    for address in elsewhere {
        ip(&["address", "add", &address.to_string(), "dev", "lo"])?;
    }
    for address in &order.listen {
        let listener = TcpListener::bind(address)
            .map_err(|it| io::Error::new(it.kind(), format!("cannot listen on {address} inside: {it}")))?;
        descriptors::send(channel, LISTENER, listener.as_fd())?;
    }
    if order.serves {
        let (near, far) = UnixStream::pair()?;
        // Forked off, it is no child of the container, which may wait for all of its children; and in a session of its
        // own, it is not told to end with the container, which may have requests to answer then.
        let forked = Command::new(&order.setsid)
            .arg("--fork")
            .arg(std::env::current_exe()?)
            .args(ARGUMENTS)
            .arg(MAKES_SOCKETS)
            .env_clear()
            .stdin(OwnedFd::from(far))
            // It must not hold open what the container says.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        finished("setsid", forked, "")?;
        descriptors::send(channel, CHANNEL, near.as_fd())?;
    }
    // A user namespace has given these capabilities to let us do the above.
    #[cfg(target_os = "linux")]
    rustix::thread::clear_ambient_capability_set()?;
    Ok(())
}

fn finished(tool: &str, status: ExitStatus, said: &str) -> io::Result<()> {
    match (status.success(), said.is_empty()) {
        (true, _) => Ok(()),
        (false, false) => Err(io::Error::other(format!("{tool}: {said}"))),
        (false, true) => Err(io::Error::other(format!("{tool}: {status}"))),
    }
}

/// Executes the container's command in the place of this program; returns only why that failed.
fn execute(order: &Order) -> io::Error {
    let mut failed = io::Error::new(io::ErrorKind::NotFound, "the command is not there");
    for program in &order.programs {
        for _ in 0..5 {
            failed = Command::new(program)
                .args(&order.arguments)
                .current_dir(&order.folder)
                .env_clear()
                .envs(&order.environment)
                .stdin(Stdio::null())
                .exec();
            // It was unpacked just now, and another child still has the file open until it executes. Any other failure
            // is one of a program of another system, or without its loader: the machine may have it too.
            if failed.kind() != io::ErrorKind::ExecutableFileBusy {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    failed
}

/// Makes a socket for each byte that comes, until the channel ends.
fn make_sockets() -> io::Result<()> {
    let mut channel = channel()?;
    let mut asked = [0];
    while channel.read(&mut asked)? > 0 {
        let socket = TcpStream::from(rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None)?);
        socket.set_nonblocking(true)?;
        descriptors::send(&channel, SOCKET, socket.as_fd())?;
    }
    Ok(())
}
