//! The file system of an image, in two layers: what every image has, and the binary.

use std::io::{self, Write};

use flate2::{Compression, GzBuilder};

use crate::digest::Digest;
use crate::image::Blob;
use crate::oci;
use crate::roots;
use crate::tar::Archive;

/// A layer, and what it was before compression.
pub struct Layer {
    pub blob: Blob,
    pub diff_id: Digest,
    pub made_by: String,
}

/// Where the service may write: its home, and `/tmp`.
pub const HOME: &str = "/home/nonroot";
pub const ROOTS: &str = "/etc/ssl/certs/ca-certificates.crt";

/// What every image has. Apart from the binary, so that a registry that has it is sent it no more.
pub fn base(user: u32, time: u64) -> io::Result<Layer> {
    let mut archive = Archive::default();
    archive.file("etc/ssl/certs/ca-certificates.crt", 0o644, roots::pem().into_bytes());
    let passwd = format!(
        "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:{user}:{user}:nonroot:{HOME}:/sbin/nologin\n"
    );
    archive.file("etc/passwd", 0o644, passwd.into_bytes());
    archive.file("etc/group", 0o644, format!("root:x:0:\nnonroot:x:{user}:\n").into_bytes());
    // Without it, glibc would ask DNS before it looks into /etc/hosts.
    archive.file("etc/nsswitch.conf", 0o644, b"hosts: files dns\n".to_vec());
    archive.folder("home/nonroot", 0o700, user);
    archive.folder("tmp", 0o1777, 0);
    let certificates = webpki_root_certs::TLS_SERVER_ROOT_CERTS.len();
    layer(&archive, time, format!("user {user}, {certificates} certificate authorities"))
}

/// Where the binary is in the image.
pub fn path(bin: &str) -> String {
    format!("/usr/local/bin/{bin}")
}

pub fn binary(bin: &str, bytes: &[u8], time: u64) -> io::Result<Layer> {
    let mut archive = Archive::default();
    let path = path(bin);
    archive.file(path.trim_start_matches('/'), 0o755, bytes.to_vec());
    layer(&archive, time, format!("binary {path}"))
}

fn layer(archive: &Archive, time: u64, made_by: String) -> io::Result<Layer> {
    let tar = archive.bytes(time);
    let diff_id = Digest::of(&tar);
    Ok(Layer { blob: Blob::new(oci::LAYER, gzip(&tar)?), diff_id, made_by })
}

/// Neither time nor name nor system in the header: the bytes are those of the content.
fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn the_same_content_is_the_same_bytes() {
        let bytes: Vec<u8> = (0..200_000u32).flat_map(|it| it.wrapping_mul(it).to_le_bytes()).collect();
        for layer in [|_: &[u8]| base(65532, 0), |it: &[u8]| binary("data-api", it, 0)] {
            let (a, b) = (layer(&bytes).unwrap(), layer(&bytes).unwrap());
            assert_eq!(a.blob.bytes, b.blob.bytes);
            assert_eq!(a.diff_id, b.diff_id);
            let mut tar = Vec::new();
            flate2::read::GzDecoder::new(&a.blob.bytes[..]).read_to_end(&mut tar).unwrap();
            assert_eq!(Digest::of(&tar), a.diff_id);
        }
        let at = |time| binary("data-api", &bytes, time).unwrap().diff_id;
        assert_ne!(at(0), at(1));
    }

    #[test]
    fn openssl_reads_the_authorities() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.crt");
        std::fs::write(&file, roots::pem()).unwrap();
        let run =
            std::process::Command::new("openssl").args(["storeutl", "-noout", "-certs"]).arg(&file).output();
        // Where there is no openssl, there is nothing to say.
        let Ok(out) = run else { return };
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        let total = format!("Total found: {}", webpki_root_certs::TLS_SERVER_ROOT_CERTS.len());
        assert!(text.contains(&total), "{text}");
    }
}
