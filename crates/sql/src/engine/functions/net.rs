//! Functions of addresses of the internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Function, Outcome, bytes_of, def, int, text};
use crate::cell::Cell;

fn address(given: &str) -> Option<Vec<u8>> {
    if given.contains('\0') {
        return None;
    }
    match given.parse().ok()? {
        IpAddr::V4(it) => Some(it.octets().to_vec()),
        IpAddr::V6(it) => Some(it.octets().to_vec()),
    }
}

fn shown(name: &str, bytes: &[u8]) -> Outcome {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Ok(Cell::Text(Ipv4Addr::from(four).to_string()));
    }
    match <[u8; 16]>::try_from(bytes) {
        Ok(sixteen) => Ok(Cell::Text(Ipv6Addr::from(sixteen).to_string())),
        Err(_) => Err(format!("{name}: the input must be 4 or 16 bytes, but has {}", bytes.len())),
    }
}

fn mask(size: usize, prefix: usize) -> Vec<u8> {
    (0..size)
        .map(|at| u8::try_from(0xff00_u16 >> prefix.saturating_sub(at * 8).min(8) & 0xff).unwrap_or(0))
        .collect()
}

/// The host of a URL, as Google's rules find it in what people write.
fn host(url: &str) -> Option<&str> {
    let url = url.trim_matches(|c: char| c.is_ascii_control() || c == ' ');
    let rest = match url.find(':') {
        _ if url.starts_with("//") => &url[2..],
        Some(at)
            if url[at + 1..].starts_with("//")
                && url[..at].chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) =>
        {
            &url[at + 3..]
        }
        _ => {
            // Without a scheme only what looks like a host is one.
            let end = url.find(['/', '?', '#']).unwrap_or(url.len());
            let host = &url[..end];
            let host = host.rsplit_once('@').map_or(host, |it| it.1);
            let host = host.split_once(':').map_or(host, |it| it.0);
            return (host.contains('.') && !host.contains(' ') && !url[..end].contains('@')).then_some(host);
        }
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = &rest[..end];
    let authority = authority.rsplit_once('@').map_or(authority, |it| it.1);
    let host = match authority.strip_prefix('[') {
        Some(_) => authority.find(']').map(|end| &authority[..=end])?,
        None => authority.split_once(':').map_or(authority, |it| it.0),
    };
    (!host.is_empty()).then_some(host)
}

pub(super) fn all() -> Vec<Function> {
    vec![
        def("NET.IP_FROM_STRING", "(STRING) BYTES", |row, _| {
            address(text(&row[0]))
                .map(Cell::Bytes)
                .ok_or_else(|| format!("NET.IP_FROM_STRING: invalid IP address \"{}\"", text(&row[0])))
        }),
        def("NET.SAFE_IP_FROM_STRING", "(STRING) BYTES", |row, _| {
            Ok(address(text(&row[0])).map_or(Cell::Null, Cell::Bytes))
        }),
        def("NET.IP_TO_STRING", "(BYTES) STRING", |row, _| shown("NET.IP_TO_STRING", bytes_of(&row[0]))),
        def("NET.IP_NET_MASK", "(INT64, INT64) BYTES", |row, _| {
            let (size, prefix) = (int(&row[0]), int(&row[1]));
            if size != 4 && size != 16 {
                return Err(format!(
                    "NET.IP_NET_MASK: the first argument must be either 4 or 16, but is {size}"
                ));
            }
            if prefix < 0 || prefix > size * 8 {
                return Err(format!(
                    "NET.IP_NET_MASK: the second argument must be between 0 and {}, but is {prefix}",
                    size * 8
                ));
            }
            Ok(Cell::Bytes(mask(usize::try_from(size).unwrap_or(4), usize::try_from(prefix).unwrap_or(0))))
        }),
        def("NET.IP_TRUNC", "(BYTES, INT64) BYTES", |row, _| {
            let bytes = bytes_of(&row[0]);
            let prefix = int(&row[1]);
            if bytes.len() != 4 && bytes.len() != 16 {
                return Err(format!(
                    "NET.IP_TRUNC: the first argument must be 4 or 16 bytes, but has {}",
                    bytes.len()
                ));
            }
            let most = i64::try_from(bytes.len() * 8).unwrap_or(0);
            if prefix < 0 || prefix > most {
                return Err(format!(
                    "NET.IP_TRUNC: the second argument must be between 0 and {most}, but is {prefix}"
                ));
            }
            let mask = mask(bytes.len(), usize::try_from(prefix).unwrap_or(0));
            Ok(Cell::Bytes(bytes.iter().zip(mask).map(|(a, b)| a & b).collect()))
        }),
        def("NET.IPV4_FROM_INT64", "(INT64) BYTES", |row, _| {
            let value = int(&row[0]);
            match (-0x8000_0000..=0xffff_ffff).contains(&value) {
                true => Ok(Cell::Bytes(value.to_be_bytes()[4..].to_vec())),
                false => Err(format!("NET.IPV4_FROM_INT64: the argument is out of range: {value}")),
            }
        }),
        def("NET.IPV4_TO_INT64", "(BYTES) INT64", |row, _| match <[u8; 4]>::try_from(bytes_of(&row[0])) {
            Ok(four) => Ok(Cell::Int(i64::from(u32::from_be_bytes(four)))),
            Err(_) => Err(format!(
                "NET.IPV4_TO_INT64: the input must be 4 bytes, but has {}",
                bytes_of(&row[0]).len()
            )),
        }),
        def("NET.HOST", "(STRING) STRING", |row, _| {
            Ok(host(text(&row[0])).map_or(Cell::Null, |it| Cell::Text(it.to_owned())))
        }),
    ]
}
