//! Finds out whether a container listens where other machines, or pages past the front, could reach it.
//!
//! A container is a process of this machine, and many images listen on every address, as Cloud Run's own documentation
//! has it. Behind Google's front nobody else reaches that; here everybody in the same network would.

use std::collections::HashMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The state of a listening socket in `/proc/net/tcp`.
const LISTEN: &str = "0A";

/// An address beyond loopback that a process of a group listens on. `None` also where the system does not tell.
pub fn open_address(group: i32) -> Option<SocketAddr> {
    let open: HashMap<String, SocketAddr> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .into_iter()
        .filter_map(|it| fs::read_to_string(it).ok())
        .flat_map(|text| text.lines().skip(1).filter_map(listener).collect::<Vec<_>>())
        .filter(|(_, address)| !address.ip().to_canonical().is_loopback())
        .collect();
    if open.is_empty() {
        return None;
    }
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let ids = processes.filter_map(|it| it.file_name().to_str()?.parse::<i32>().ok());
    ids.filter(|it| is_of(*it, group)).find_map(|id| {
        let sockets = fs::read_dir(format!("/proc/{id}/fd")).ok()?.flatten();
        let links = sockets.filter_map(|it| fs::read_link(it.path()).ok());
        links.filter_map(|it| inode(it.to_str()?).and_then(|it| open.get(it).copied())).next()
    })
}

/// Whether a process is of a group, or of a session that the group's leader began.
fn is_of(id: i32, group: i32) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{id}/stat")) else { return false };
    // The name, which may have spaces, ends with the last parenthesis; then come state, parent, group and session.
    let Some((_, rest)) = stat.rsplit_once(')') else { return false };
    rest.split_whitespace().skip(2).take(2).any(|it| it.parse() == Ok(group))
}

/// `socket:[1234]`.
fn inode(link: &str) -> Option<&str> {
    link.strip_prefix("socket:[")?.strip_suffix(']')
}

/// The inode and the address of a line of `/proc/net/tcp` or `tcp6`, if it is of a listener.
fn listener(line: &str) -> Option<(String, SocketAddr)> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (local, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
    if *state != LISTEN {
        return None;
    }
    let (address, port) = local.split_once(':')?;
    Some(((*inode).to_owned(), SocketAddr::new(ip(address)?, u16::from_str_radix(port, 16).ok()?)))
}

/// An address as the kernel prints it: words of 32 bits in the machine's own order.
fn ip(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| u32::from_str_radix(hex.get(at * 8..at * 8 + 8)?, 16).ok().map(u32::to_ne_bytes);
    match hex.len() {
        8 => Some(IpAddr::V4(Ipv4Addr::from(word(0)?))),
        32 => {
            let bytes: Vec<u8> = (0..4).map(word).collect::<Option<Vec<_>>>()?.concat();
            Some(IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)))
        }
        _ => None,
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn addresses() {
        let line = |local: &str, state: &str| {
            listener(&format!(
                "   0: {local} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 0 0 4321 1"
            ))
        };
        if cfg!(target_endian = "little") {
            let found = line("0100007F:1F95", "0A").unwrap();
            assert_eq!(found, ("4321".to_owned(), "127.0.0.1:8085".parse().unwrap()));
            let found = line("00000000000000000000000001000000:0050", "0A").unwrap();
            assert_eq!(found.1, "[::1]:80".parse().unwrap());
            let mapped = line("0000000000000000FFFF00000100007F:0050", "0A").unwrap();
            assert!(mapped.1.ip().to_canonical().is_loopback());
        }
        assert_eq!(line("00000000:0050", "0A").unwrap().1, "0.0.0.0:80".parse().unwrap());
        assert!(line("0100007F:1F95", "01").is_none(), "a connection");
        assert!(listener("nothing").is_none());
    }

    #[test]
    fn what_this_process_listens_on() {
        let stat = fs::read_to_string("/proc/self/stat").unwrap();
        let (_, rest) = stat.rsplit_once(')').unwrap();
        let group: i32 = rest.split_whitespace().nth(2).unwrap().parse().unwrap();
        let open = TcpListener::bind("0.0.0.0:0").unwrap();
        assert!(open_address(group).is_some_and(|it| it.ip().is_unspecified()));
        drop(open);
        assert!(open_address(i32::MAX).is_none());
    }
}
